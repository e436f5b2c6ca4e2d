import type { MintDetector } from '@mint/detector';
import { auroc } from '@mint/metrics';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureCache } from '../features/feature-cache.js';
import { type CachedSample, readFeatures } from '../features/features.js';

const BATCH = 8;

/** How well a detector tells good images from copies with made-up defects. */
export interface ValidationScore {
  /** Mean of `perClass`. */
  readonly score: number;
  /** Image AUROC of each class. */
  readonly perClass: Readonly<Record<string, number>>;
}

/**
 * Scores held-out good images and spoiled copies of them. Of a large image each tile is judged for itself.
 *
 * @param samples - From `cacheFeatures` with `defects`; never test images.
 */
export async function validate(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
): Promise<ValidationScore> {
  const [rows, cols] = detector.config.grid;
  const groups = new Map<string, { scores: number[]; labels: (0 | 1)[] }>();
  for (let at = 0; at < samples.length; at += BATCH) {
    const batch = samples.slice(at, at + BATCH);
    const features = await readFeatures(cache, batch);
    const input = tf.tensor4d(features, [
      batch.length,
      rows,
      cols,
      features.length / (batch.length * rows * cols),
    ]);
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
