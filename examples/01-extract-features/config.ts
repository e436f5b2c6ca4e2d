import type { Preprocessing } from '@mint/data';

export interface Config {
  readonly preprocessing: Preprocessing;
  /** Rows and columns that all maps are resized to. */
  readonly grid: readonly [number, number];
  readonly batchSize: number;
}

export const config: Config = {
  preprocessing: { width: 224, height: 224, filter: 'bilinear' },
  grid: [14, 14],
  batchSize: 8,
};
