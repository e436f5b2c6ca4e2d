import type { DataFlags, FeatureFlags } from '../../shell/flags.js';
import type { SizeRules } from '../../shell/size-rules.js';

/** Flags of `mint calibrate`. */
export interface CalibrateFlags extends FeatureFlags, DataFlags {
  /** Default: the rate of the model. */
  readonly alpha?: number | undefined;
  /** Folder of new good images. */
  readonly add?: string | undefined;
  /** Record of decisions: images that people judged good, by their recorded scores. */
  readonly fromHistory?: string | undefined;
  /** Record in which the change is noted. Default: that of {@link fromHistory}. */
  readonly history?: string | undefined;
  /** Review rate; 0 for none. Default: that of the model. */
  readonly review?: number | undefined;
  /** The smallest defect that counts, by class. Default: as in the model. */
  readonly minArea?: SizeRules | undefined;
  /** Folder of regions of interest by class, or `none`. Default: as in the model. */
  readonly roi?: string | undefined;
  /** Side of a pixel of the images in millimetres. */
  readonly mmPerPixel?: number | undefined;
  /** Data set that the model was trained on: its held-out images are scored again. */
  readonly data?: string | undefined;
  /** Class of all images in `add`. Default: the names of its subfolders. */
  readonly class?: string | undefined;
}
