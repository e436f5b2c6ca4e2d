import type { Preprocessing } from '@mint/image';
import type { DetectorConfig } from '../config.js';

/**
 * How a detector's images are prepared: its input configuration without `mean` and `std`.
 *
 * See the example of `predictPrepared` of `@mint/detector`.
 */
export function preprocessingOf({ input }: Pick<DetectorConfig, 'input'>): Preprocessing {
  const { mean: _mean, std: _std, ...preprocessing } = input;
  return preprocessing;
}
