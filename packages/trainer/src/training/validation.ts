import type { MintDetector } from '@mint/detector';
import { auroc } from '@mint/metrics';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { featureTensor } from '../features/feature-tensor.js';

const BATCH = 8;

/** How well a detector separates good images from copies with synthetic anomalies. */
export interface ValidationScore {
  /** Mean of `perClass`. */
  readonly score: number;
  /** Image AUROC of each class. */
  readonly perClass: Readonly<Record<string, number>>;
}

/**
 * Scores held-out good images and copies of them with synthetic anomalies. Each tile of a large image counts by itself.
 *
 * @param samples - From `cacheFeatures` with `syntheticAnomalies`; never test images.
 */
export async function validate(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
): Promise<ValidationScore> {
  const groups = new Map<string, { scores: number[]; labels: (0 | 1)[] }>();
  for (let at = 0; at < samples.length; at += BATCH) {
    const batch = samples.slice(at, at + BATCH);
    const features = await readFeatures(cache, batch);
    const input = featureTensor(features, detector.config.grid, detector.channels);
    const predictions = await detector.predictFeatures(input).finally(() => input.dispose());
    for (const [i, { sample }] of batch.entries()) {
      const group = groups.get(sample.className) ?? { scores: [], labels: [] };
      group.scores.push(predictions[i]?.score ?? Number.NaN);
      group.labels.push(sample.label === 'anomalous' ? 1 : 0);
      groups.set(sample.className, group);
    }
  }
  const perClass = Object.fromEntries(
    [...groups].map(([name, { scores, labels }]) => [name, auroc(scores, labels)]),
  );
  const values = Object.values(perClass);
  return { score: values.reduce((sum, value) => sum + value, 0) / values.length, perClass };
}
