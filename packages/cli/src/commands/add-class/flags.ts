import type { DataFlags, FeatureFlags } from '../../shell/flags.js';

/** Flags of `mint add-class`. */
export interface AddClassFlags extends FeatureFlags, DataFlags {
  readonly model: string;
  readonly out: string;
  /** Class of all images. Default: the class each image has in the data set. */
  readonly class?: string | undefined;
  readonly seed: number;
}
