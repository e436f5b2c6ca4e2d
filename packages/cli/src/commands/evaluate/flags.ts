import type { ProtocolName } from '@mint/trainer';
import type { DataFlags, FeatureFlags } from '../../shell/flags.js';

/** Flags of `mint evaluate`. */
export interface EvaluateFlags extends FeatureFlags, DataFlags {
  readonly model: string;
  readonly out: string;
  readonly classes?: readonly string[] | undefined;
  readonly classGiven?: boolean | undefined;
  /** Folder with regions of interest of single images. */
  readonly roi?: string | undefined;
  readonly protocol: ProtocolName;
  readonly overlays: number;
}
