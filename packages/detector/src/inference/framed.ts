import { mapFrame, type Size } from '@mint/image';
import type { DetectorConfig } from '../config.js';
import type { Prediction } from '../prediction.js';
import { preprocessingOf } from './preprocessing.js';

/**
 * Predictions that know where their maps lie in their images.
 *
 * @param config - Of the detector.
 * @param sizes - Size of each image before it was prepared; undefined where it is not known.
 *
 * @example
 * ```ts
 * import { framed, PAPER_CONFIG, regions } from '@mint/detector';
 *
 * const anomalyMap = new Float32Array(224 * 224);
 * anomalyMap.fill(9, 0, 2);
 * const predictions = [{ anomalyMap, width: 224, height: 224, score: 9 }];
 * const [prediction] = framed({ ...PAPER_CONFIG, classes: ['nut'] }, predictions, [{ width: 2240, height: 2240 }]);
 * if (prediction !== undefined) console.log(regions(prediction, 1)[0]?.box); // { left: 0, top: 0, width: 20, height: 10 }
 * ```
 */
export function framed(
  config: DetectorConfig,
  predictions: readonly Prediction[],
  sizes: readonly (Size | undefined)[],
): Prediction[] {
  const preprocessing = preprocessingOf(config);
  return predictions.map((prediction, i) => {
    const size = sizes[i];
    return size === undefined ? prediction : { ...prediction, frame: mapFrame(size, preprocessing) };
  });
}
