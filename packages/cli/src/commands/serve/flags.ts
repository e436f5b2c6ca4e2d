import type { HistoryFlags } from '../../scoring/recorder.js';
import type { DeviceFlags } from '../../shell/flags.js';

/** Flags of `mint serve`. */
export interface ServeFlags extends DeviceFlags, HistoryFlags {
  readonly model: string;
  readonly host: string;
  readonly port: number;
  readonly batchSize: number;
  readonly queue: number;
  readonly maxBytes: number;
  readonly maxPixels: number;
  /** File of hashes; `false`: everybody who can connect may do everything. Default: that, on the loopback interface only. */
  readonly tokens?: string | false | undefined;
  /** In seconds. */
  readonly timeout: number;
}
