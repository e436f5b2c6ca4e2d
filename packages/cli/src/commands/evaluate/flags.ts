import type { ProtocolName } from '@mint/trainer';
import type { FeatureFlags } from '../../shell/flags.js';

/** Flags of `mint evaluate`. */
export interface EvaluateFlags extends FeatureFlags {
  readonly model: string;
  readonly out: string;
  readonly classes?: readonly string[] | undefined;
  readonly classGiven?: boolean | undefined;
  readonly protocol: ProtocolName;
  readonly overlays: number;
}
