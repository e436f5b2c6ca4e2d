import { MintDetector, whiteningMatrix } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureCache } from './feature-cache.js';
import { type CachedSample, readFeatures } from './features.js';

const BATCH = 8;
/** Pictures are enough when they bring this many tokens a channel; more would only take time. */
const TOKENS_PER_CHANNEL = 200;

/**
 * The same detector with a whitened anomaly map: second moments of its residuals on training pictures, without
 * jitter and dropout.
 *
 * @returns A new detector; the old one stays the caller's.
 */
export async function whiten(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
): Promise<MintDetector> {
  return MintDetector.fromState({
    ...detector.toState(),
    whitening: await residualWhitening(detector, cache, samples),
  });
}

/**
 * The whitening matrix `[C·C]` of a detector's residuals on cached pictures, which are taken evenly from the list.
 *
 * @param added - The added class that all of them are of.
 */
export async function residualWhitening(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  added?: string,
): Promise<Float32Array> {
  const { config, featureMean } = detector.toState();
  const [rows, cols] = config.grid;
  const channels = featureMean.length;
  const wanted = Math.min(samples.length, Math.ceil((TOKENS_PER_CHANNEL * channels) / (rows * cols)));
  const chosen = Array.from(
    { length: wanted },
    (_, i) => samples[Math.floor((i * samples.length) / wanted)] as CachedSample,
  );
  const moments = new Float64Array(channels * channels);
  for (let at = 0; at < chosen.length; at += BATCH) {
    const batch = chosen.slice(at, at + BATCH);
    const values = await readFeatures(cache, batch);
    const sum = tf.tidy(() => {
      const grid = tf.tensor4d(values, [batch.length, rows, cols, channels]);
      const flat = tf.reshape(detector.residuals(grid, added).residual, [-1, channels]) as tf.Tensor2D;
      return tf.matMul(flat, flat, true, false);
    });
    const part = await sum.data();
    sum.dispose();
    for (let i = 0; i < part.length; i++) moments[i] = (moments[i] as number) + (part[i] as number);
  }
  const tokens = chosen.length * rows * cols;
  return whiteningMatrix(
    moments.map((v) => v / tokens),
    channels,
  );
}
