import type { MessageFlags } from '../../messages/types.js';
import type { PredictFlags } from '../predict/flags.js';

/** Flags of `mint watch`. */
export interface WatchFlags extends PredictFlags, MessageFlags {
  /** Folders, or one camera. */
  readonly source: readonly string[];
  /** Seconds from one image of a camera to the next. */
  readonly every: number;
  /** Images of a camera by MQTT commands only. */
  readonly trigger: 'interval' | 'mqtt';
}
