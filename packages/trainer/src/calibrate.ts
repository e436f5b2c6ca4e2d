import type { Sample } from '@mint/data';
import { type Calibration, type MintDetector, thresholdsAt } from '@mint/detector';
import { MintError } from '@mint/internal';
import { predictBatch } from './evaluate.js';
import type { FeatureCache } from './feature-cache.js';
import { featureBatches } from './features.js';

/** Default false-alarm rate: one good picture in twenty. */
export const ALPHA = 0.05;

/**
 * Scores held-out normal pictures of the training set. They fix the alarm limits of each class at the false-alarm rate
 * `alpha`, and the colour scale of the heat maps, for each class and over all: it starts at the value that 99 % of normal
 * pixels stay under, which is drawn clear, and ends at three times the distance from there to the hottest spot of the
 * median normal picture (our decision): a good picture has at most faint spots.
 *
 * @throws MintError `EMPTY_DATASET` when no picture of `heldOut` can be read.
 */
export async function calibrate(
  detector: MintDetector,
  cache: FeatureCache,
  heldOut: readonly Sample[],
  alpha = ALPHA,
): Promise<Calibration> {
  const scores = new Map<string, number[]>();
  const maxima = new Map<string, number[]>();
  const pixels = new Map<string, number[]>();
  for await (const batch of featureBatches(detector, cache, heldOut)) {
    const predictions = await predictBatch(detector, batch);
    batch.samples.forEach(({ className }, i) => {
      const prediction = predictions[i];
      if (prediction === undefined) return;
      listOf(scores, className).push(prediction.score);
      listOf(maxima, className).push(prediction.anomalyMap.reduce((a, b) => Math.max(a, b)));
      // Maps are smooth: every 97th pixel (a prime, so no column repeats) gives the same quantiles.
      const sampled = prediction.anomalyMap.filter((_, p) => p % 97 === 0);
      listOf(pixels, className).push(...sampled);
    });
  }
  if (scores.size === 0)
    throw new MintError('EMPTY_DATASET', 'calibrate: there is no held-out normal picture.');
  const [normalScores, normalMaxima] = [Object.fromEntries(scores), Object.fromEntries(maxima)];
  return {
    normalScores,
    normalMaxima,
    alpha,
    thresholds: thresholdsAt(normalScores, normalMaxima, alpha),
    heatScales: Object.fromEntries(
      [...pixels].map(([name, values]) => [name, heatScale(values, normalMaxima[name] ?? [])]),
    ),
    heatScale: heatScale([...pixels.values()].flat(), [...maxima.values()].flat()),
  };
}

function heatScale(pixels: readonly number[], maxima: readonly number[]): [number, number] {
  const low = quantile(pixels, 0.99);
  return [low, low + 3 * Math.max(quantile(maxima, 0.5) - low, 1e-6)];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] as number;
}

function listOf(lists: Map<string, number[]>, key: string): number[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
