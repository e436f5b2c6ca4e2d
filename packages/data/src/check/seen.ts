import type { Oddity } from '../decode/inspect.js';
import type { Sample } from '../types.js';

export type MaskState = 'none' | 'fine' | 'empty' | 'full' | 'other size' | 'unreadable';

/** What was seen of one sample. */
export interface Seen {
  readonly sample: Sample;
  readonly hash?: string | undefined;
  readonly size?: string | undefined;
  readonly mode?: string | undefined;
  readonly oddities: readonly Oddity[];
  readonly fingerprint?: Float32Array | undefined;
  readonly unreadable?: string | undefined;
  /** Mean of red, green and blue, and the deviation of their mean. */
  readonly statistics?: readonly number[] | undefined;
  /** Gray with two values, as masks are. */
  readonly isTwoValued?: boolean | undefined;
  readonly mask: MaskState;
  readonly maskTrouble?: string | undefined;
}
