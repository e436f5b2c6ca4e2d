import type { MessageFlags } from '../../messages/types.js';
import type { HistoryFlags } from '../../scoring/recorder.js';
import type { DeviceFlags } from '../../shell/flags.js';

/** Flags of `mint serve`. */
export interface ServeFlags extends DeviceFlags, HistoryFlags, MessageFlags {
  /** Model folder; or else {@link models}. */
  readonly model?: string | undefined;
  /** Folder of models, `<name>/<version>`. */
  readonly models?: string | undefined;
  /** `<name>/<version>` to begin with. Default: what was last in service. */
  readonly active?: string | undefined;
  /** `<name>/<version>` to score beside it. Default: none. */
  readonly shadow?: string | undefined;
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
