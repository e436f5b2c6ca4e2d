import type { PresetName } from '@mint/trainer';

/** Flags of `mint init`. */
export interface InitFlags {
  readonly preset: PresetName;
  readonly force?: boolean | undefined;
}
