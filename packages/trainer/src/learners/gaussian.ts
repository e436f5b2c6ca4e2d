import type { DetectorState } from '@mint/detector';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import type { Learner } from './learner.js';
import { tokenScaling } from './token-scaling.js';

/** The mean of a class over all places counts at each place as this many images: one image alone foretells little. */
const SHARED_IMAGES = 1;

/** Means by class and place; the map measures covariances, as for every kind. */
export const GAUSSIAN_LEARNER: Learner = {
  async measure(start, cache, samples) {
    const { config, featureMean } = start;
    const { toTokens, spread } = tokenScaling(start);
    const size = placesOf(start) * featureMean.length;
    const means = new Float32Array(config.classes.length * size);
    for (const k of config.classes.keys()) {
      const own = samples.filter(({ sample }) => sample.classIndex === k);
      means.set(toTokens(await placeMeans(cache, own, size, featureMean.length)), k * size);
    }
    return {
      means: { shape: [config.classes.length, placesOf(start), featureMean.length], data: means },
      spread: { shape: [spread.length], data: spread },
    };
  },
  async learnClass(detector, cache, { samples }) {
    const start = detector.toState();
    const { channels } = detector;
    const means = await placeMeans(cache, samples, placesOf(start) * channels, channels);
    return {
      means: { shape: [placesOf(start), channels], data: tokenScaling(start).toTokens(means) },
    };
  },
};

const placesOf = ({ config: { grid } }: Pick<DetectorState, 'config'>): number => grid[0] * grid[1];

/** `[N·C]`: mean features of images at each place, drawn towards their mean over all places; 0 without images. */
async function placeMeans(
  cache: FeatureCache,
  samples: readonly CachedSample[],
  size: number,
  channels: number,
): Promise<Float32Array> {
  const sums = new Float64Array(size);
  for (const sample of samples) {
    const features = await readFeatures(cache, [sample]);
    for (let i = 0; i < size; i++) sums[i] = (sums[i] as number) + (features[i] as number);
  }
  const overall = new Float64Array(channels);
  for (let i = 0; i < size; i++)
    overall[i % channels] =
      (overall[i % channels] as number) +
      (sums[i] as number) / Math.max(1, samples.length) / (size / channels);
  return Float32Array.from(
    sums,
    (sum, i) => (sum + SHARED_IMAGES * (overall[i % channels] as number)) / (samples.length + SHARED_IMAGES),
  );
}
