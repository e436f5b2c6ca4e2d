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
  /** In seconds. */
  readonly timeout: number;
}
