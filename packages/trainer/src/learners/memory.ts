import { type DetectorState, REMEMBERED } from '@mint/detector';
import { type CachedSample, evenlyChosen, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import type { Learner } from './learner.js';
import { tokenScaling } from './token-scaling.js';

/** Images of a class that are looked through, evenly chosen; more would only take memory. */
const CANDIDATES = 256;

/** Remembers, at each place of each class, tokens of good images that cover the rest best. */
export const MEMORY_LEARNER: Learner = {
  async measure(start, cache, samples) {
    const { config, featureMean, classStats } = start;
    const { toTokens, spread } = tokenScaling(start);
    const classes = config.classes.length;
    const channels = featureMean.length;
    const places = config.grid[0] * config.grid[1];
    const bank = new Float32Array(classes * places * REMEMBERED * channels);
    for (const k of config.classes.keys()) {
      const own = samples.filter(({ sample }) => sample.classIndex === k);
      bank.set(await bankOf(start, cache, own), k * places * REMEMBERED * channels);
    }
    const means = classStats?.means ?? new Float32Array(classes * channels);
    return {
      bank: { shape: [classes, places, REMEMBERED, channels], data: bank },
      means: { shape: [classes, channels], data: toTokens(means) },
      spread: { shape: [channels], data: spread },
    };
  },
  async learnClass(detector, cache, { samples }) {
    const state = detector.toState();
    const places = state.config.grid[0] * state.config.grid[1];
    const data = await bankOf(state, cache, samples);
    return { bank: { shape: [places, REMEMBERED, detector.channels], data } };
  },
};

/** `[N·M·C]`: what is remembered of the images of a class; zeros without images. */
async function bankOf(
  state: DetectorState,
  cache: FeatureCache,
  samples: readonly CachedSample[],
): Promise<Float32Array> {
  const { config, featureMean } = state;
  const channels = featureMean.length;
  const places = config.grid[0] * config.grid[1];
  const chosen = evenlyChosen(samples, Math.min(samples.length, CANDIDATES));
  const { toTokens } = tokenScaling(state);
  const images: Float32Array[] = [];
  for (const sample of chosen) images.push(toTokens(await readFeatures(cache, [sample])));
  const bank = new Float32Array(places * REMEMBERED * channels);
  for (let place = 0; place < places; place++) {
    const tokens = images.map((image) => image.subarray(place * channels, (place + 1) * channels));
    coverage(tokens, REMEMBERED).forEach((token, m) => {
      bank.set(token, (place * REMEMBERED + m) * channels);
    });
  }
  return bank;
}

/**
 * Greedy k-centre: the vector nearest to the mean, then again and again the one furthest from all that were chosen. Of fewer than
 * `count` vectors some are chosen again.
 */
export function coverage(vectors: readonly Float32Array[], count: number): Float32Array[] {
  const [one] = vectors;
  if (one === undefined) return [];
  const mean = one.map((_, c) => vectors.reduce((sum, v) => sum + (v[c] as number), 0) / vectors.length);
  const fromMean = vectors.map((v) => squaredDistance(v, mean));
  let next = vectors[fromMean.indexOf(Math.min(...fromMean))] as Float32Array;
  const chosen = [next];
  const distances = new Float64Array(vectors.length).fill(Number.POSITIVE_INFINITY);
  while (chosen.length < Math.min(count, vectors.length)) {
    let furthest = 0;
    for (const [i, vector] of vectors.entries()) {
      distances[i] = Math.min(distances[i] as number, squaredDistance(vector, next));
      if ((distances[i] as number) > (distances[furthest] as number)) furthest = i;
    }
    next = vectors[furthest] as Float32Array;
    chosen.push(next);
  }
  return Array.from({ length: count }, (_, i) => chosen[i % chosen.length] as Float32Array);
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum;
}
