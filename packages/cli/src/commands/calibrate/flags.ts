import type { FeatureFlags } from '../../shell/flags.js';

/** Flags of `mint calibrate`. */
export interface CalibrateFlags extends FeatureFlags {
  /** Default: the rate of the model. */
  readonly alpha?: number | undefined;
  /** Folder of new good images. */
  readonly add?: string | undefined;
  /** Class of all images in `add`. Default: the names of its subfolders. */
  readonly class?: string | undefined;
}
