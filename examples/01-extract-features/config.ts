import type { BackboneConfig } from '@mint/backbone';
import type { Preprocessing } from '@mint/data';

export interface Config {
  readonly preprocessing: Preprocessing;
  /** Without `--weights`. */
  readonly scattering: BackboneConfig & { readonly kind: 'scattering' };
  /** With `--weights`: UniAD's choice of blocks and padding. */
  readonly efficientNet: BackboneConfig & { readonly kind: 'efficientnet' };
  /** Rows and columns all maps are resized to. */
  readonly grid: readonly [number, number];
  readonly batchSize: number;
}

export const config: Config = {
  preprocessing: { width: 224, height: 224, filter: 'bilinear' },
  scattering: { kind: 'scattering' },
  efficientNet: { kind: 'efficientnet', variant: 'b4', blocks: [1, 5, 9, 21], padding: 'static' },
  grid: [14, 14],
  batchSize: 8,
};
