import type { DataFlags, FeatureFlags } from '../../shell/flags.js';
import type { TrainFlags } from '../train/flags.js';

/** Flags of `mint roi propose`. */
export interface ProposeFlags extends FeatureFlags, DataFlags, Pick<TrainFlags, 'backbone' | 'weights'> {
  /** Folder for masks and sheets. */
  readonly out: string;
  readonly classes?: readonly string[] | undefined;
  /** Masks that are there are replaced. */
  readonly overwrite?: boolean | undefined;
}
