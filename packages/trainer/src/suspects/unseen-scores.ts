import { MintDetector } from '@mint/detector';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { featureTensor } from '../features/feature-tensor.js';
import { byModel } from '../whitening/residual-batches.js';

const BATCH = 8;

/** A training image and its score. */
export interface ScoredSample {
  readonly image: CachedSample;
  readonly className: string;
  readonly score: number;
}

/**
 * Scores of training images: of an image in tiles, or with variants, the highest.
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
  const highest = new Map<string, ScoredSample>();
  for (const [model, images] of byModel(samples, detectorOf)) {
    const judge = MintDetector.fromState({ ...model.toState(), placeWhitening });
    try {
      for (let at = 0; at < images.length; at += BATCH) {
        const batch = images.slice(at, at + BATCH);
        const features = featureTensor(await readFeatures(cache, batch), judge.config.grid, judge.channels);
        const predictions = await judge.predictFeatures(features).finally(() => features.dispose());
        for (const [i, image] of batch.entries()) {
          const score = predictions[i]?.score ?? Number.NaN;
          const { className } = image.sample;
          const before = highest.get(image.contentHash);
          if (before === undefined || score > before.score)
            highest.set(image.contentHash, { image, className, score });
        }
      }
    } finally {
      judge.dispose();
    }
  }
  return [...highest.values()];
}
