import type { DeviceFlags } from '../../shell/flags.js';

/** Flags of `mint quickstart`. */
export interface QuickstartFlags extends DeviceFlags {
  readonly out: string;
  readonly seed: number;
}
