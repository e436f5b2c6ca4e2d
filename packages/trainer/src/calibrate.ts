import type { Sample } from '@mint/data';
import type { Calibration, MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { predictBatch } from './evaluate.js';
import type { FeatureCache } from './feature-cache.js';
import { featureBatches } from './features.js';

/**
 * Scores held-out normal pictures of the training set. They fix the colour scale of every heat map: it starts at
 * the value that 90 % of normal pixels stay under, which is drawn clear, and ends at three times the distance from
 * there to the value that 99 % of them stay under (our decision).
 */
export async function calibrate(
  detector: MintDetector,
  cache: FeatureCache,
  heldOut: readonly Sample[],
): Promise<Calibration> {
  const normalScores: Record<string, number[]> = {};
  const pixels: number[] = [];
  for await (const batch of featureBatches(detector, cache, heldOut)) {
    const predictions = await predictBatch(detector, batch);
    batch.samples.forEach(({ className }, i) => {
      const prediction = predictions[i];
      if (prediction === undefined) return;
      normalScores[className] = [...(normalScores[className] ?? []), prediction.score];
      // Maps are smooth: every 97th pixel (a prime, so no column repeats) gives the same quantiles.
      for (let p = 0; p < prediction.anomalyMap.length; p += 97)
        pixels.push(prediction.anomalyMap[p] as number);
    });
  }
  if (pixels.length === 0)
    throw new MintError('EMPTY_DATASET', 'calibrate: there is no held-out normal picture.');
  for (const scores of Object.values(normalScores)) scores.sort((a, b) => a - b);
  pixels.sort((a, b) => a - b);
  const quantile = (q: number) => pixels[Math.floor(q * (pixels.length - 1))] as number;
  const low = quantile(0.9);
  return { normalScores, heatScale: [low, low + 3 * Math.max(quantile(0.99) - low, 1e-6)] };
}
