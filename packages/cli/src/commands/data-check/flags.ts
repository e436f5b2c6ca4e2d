import type { DataFlags } from '../../shell/flags.js';

/** Flags of `mint data check`. */
export interface DataCheckFlags extends DataFlags {
  readonly classes?: readonly string[] | undefined;
  readonly allowLeftOut?: boolean | undefined;
}
