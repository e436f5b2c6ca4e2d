import { MintDetector, type Prediction } from '@mint/detector';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { featureTensor } from '../features/feature-tensor.js';
import { byModel } from '../whitening/residual-batches.js';

const BATCH = 8;

/** A training image, or a tile or variant of one, and what a map says about it. */
export interface ScoredSample {
  readonly image: CachedSample;
  readonly className: string;
  readonly score: number;
  /** `[N]`: the largest value of the map on each token's cell. */
  readonly peaks: Float32Array;
}

/**
 * Scores of training images, of their tiles and variants.
 *
 * @param detector - Its map measures the residuals of all models.
 * @param detectorOf - The model whose residual on an image counts, such as one that was not measured on it.
 */
export async function unseenScores(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  detectorOf: (image: CachedSample) => MintDetector,
): Promise<ScoredSample[]> {
  const { placeWhitening } = detector.toState();
  const scored: ScoredSample[] = [];
  for (const [model, images] of byModel(samples, detectorOf)) {
    const judge = MintDetector.fromState({ ...model.toState(), placeWhitening });
    const { grid } = judge.config;
    try {
      for (let at = 0; at < images.length; at += BATCH) {
        const batch = images.slice(at, at + BATCH);
        const features = featureTensor(await readFeatures(cache, batch), grid, judge.channels);
        const predictions = await judge.predictFeatures(features).finally(() => features.dispose());
        for (const [i, prediction] of predictions.entries()) {
          const image = batch[i] as CachedSample;
          const { className } = image.sample;
          scored.push({ image, className, score: prediction.score, peaks: peaksOf(prediction, grid) });
        }
      }
    } finally {
      judge.dispose();
    }
  }
  return scored;
}

/** Where the map is larger than a limit, so is the peak of a cell; between two tokens that may be the cells of both. */
function peaksOf(
  { anomalyMap, width, height }: Prediction,
  [rows, cols]: readonly [number, number],
): Float32Array {
  const peaks = new Float32Array(rows * cols);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * cols;
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * cols) / width);
      peaks[cell] = Math.max(peaks[cell] as number, anomalyMap[y * width + x] as number);
    }
  }
  return peaks;
}
