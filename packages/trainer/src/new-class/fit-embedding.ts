import { shuffledOrder } from '@mint/data';
import { createNoise, type DetectorConfig, forward, type MintDetector, toTokens } from '@mint/detector';
import { MintError } from '@mint/internal';
import { type Params, toTensors } from '@mint/internal/tfjs';
import { reconstructionLoss, weightedSum } from '@mint/losses';
import * as tf from '@tensorflow/tfjs-core';
import { learningRate } from '../config/schedule.js';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { featureTensor } from '../features/feature-tensor.js';
import { adamwStep, zeroMoments } from '../training/adamw.js';
import { priorOf } from '../training/prior-of.js';

/** Numbers of {@link fitEmbedding}. */
export interface FitConfig {
  /** Seed of jitter and data order. */
  readonly seed: number;
  /** Steps of Adam. */
  readonly steps: number;
  /** Images per step. */
  readonly batchSize: number;
  /** Peak rate of Adam: warm-up over a twentieth of the steps, then a half cosine. */
  readonly learningRate: number;
  /** Weight of L_Prior beside L_MSE. */
  readonly lambdaPrior: number;
}

/**
 * Loss of one embedding on images of its class, L_MSE + λ_Prior·L_Prior: the training loss without that of the classifier, which
 * does not depend on the embedding.
 *
 * @param network - Frozen weights.
 * @param embedding - `[1, E]`.
 * @param tokens - `[B, N, C]`, clean. @param noise - The same shape: their jitter.
 * @param stats - Standardise features that the network gets unscaled.
 * @returns A scalar.
 */
export function embeddingLoss(
  network: Params,
  config: DetectorConfig,
  embedding: tf.Tensor2D,
  { tokens, noise }: { readonly tokens: tf.Tensor3D; readonly noise: tf.Tensor3D },
  stats: { readonly mean: tf.Tensor1D; readonly std: tf.Tensor1D },
  lambdaPrior: number,
): tf.Scalar {
  const output = forward(network, config, tokens, { ofClass: { embedding }, noise });
  const prior = priorOf(output, tokens, config, stats);
  return weightedSum({ mse: reconstructionLoss(output.reconstruction, tokens), prior }, { lambdaPrior })
    .total;
}

/**
 * Fits the embedding of a class that a trained network does not know, on cached features of good images of the class. The
 * network stays as it is.
 *
 * @param start - `[E]`.
 * @param onStep - Called with each step, from 1, and its loss.
 * @returns `[E]`.
 * @throws MintError `EMPTY_DATASET` without images, `DIVERGED` when the loss is not finite.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import '@tensorflow/tfjs-layers'; // registers gradients
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { cacheFeatures, featureCacheOf, FIT_CLASS, fitEmbedding, PRESETS } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const { samples, classes } = proceduralDataset({ trainPerClass: 8, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const { network } = PRESETS.quick;
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8], network });
 * const cache = featureCacheOf('feature-cache', detector);
 * const gears = samples.filter(({ split, className }) => split === 'train' && className === 'gear');
 * const cached = await cacheFeatures(detector, cache, gears);
 * const start = new Float32Array(PAPER_CONFIG.queries.embedding);
 * const embedding = await fitEmbedding(detector, cache, cached, start, { ...FIT_CLASS, seed: 0, steps: 2 });
 * console.log(embedding.length); // 64
 * ```
 */
export async function fitEmbedding(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  start: Float32Array,
  { seed, steps, batchSize, learningRate: peak, lambdaPrior }: FitConfig,
  onStep?: (step: number, loss: number) => void,
): Promise<Float32Array> {
  if (samples.length === 0) throw new MintError('EMPTY_DATASET', 'fitEmbedding: there is no image to fit.');
  const { config, network, featureMean, featureStd } = detector.toState();
  const frozen = toTensors(network);
  const stats = { mean: tf.tensor1d(featureMean), std: tf.tensor1d(featureStd) };
  const embedding = tf.tidy(() => tf.variable(tf.tensor2d(start, [1, start.length])));
  const moments = zeroMoments({ embedding });
  const noise = createNoise(seed);
  const size = Math.min(batchSize, samples.length);
  const perEpoch = Math.floor(samples.length / size);
  try {
    for (let step = 0; step < steps; step++) {
      const order = shuffledOrder(samples.length, seed, Math.floor(step / perEpoch));
      const at = (step % perEpoch) * size;
      const batch = order.slice(at, at + size).map((i) => samples[i] as CachedSample);
      const features = await readFeatures(cache, batch);
      const lost = tf.tidy(() => {
        const grid = featureTensor(features, config.grid, detector.channels);
        const tokens = toTokens(grid, config.featureScaling, stats.mean, stats.std);
        const jitter = noise.step(step)(tokens.shape) as tf.Tensor3D;
        const { value, grads } = tf.variableGrads(
          () =>
            embeddingLoss(
              frozen,
              config,
              embedding as tf.Tensor2D,
              { tokens, noise: jitter },
              stats,
              lambdaPrior,
            ),
          [embedding],
        );
        adamwStep({ embedding }, { embedding: grads[embedding.name] as tf.Tensor }, moments, {
          learningRate: learningRate({ kind: 'cosine', warmup: 0.05 }, peak, step, steps),
          weightDecay: 0,
          step,
        });
        return value;
      });
      const [loss = Number.NaN] = await lost.data();
      lost.dispose();
      if (!Number.isFinite(loss))
        throw new MintError('DIVERGED', `fitting the embedding, step ${step + 1}: the loss is ${loss}.`);
      onStep?.(step + 1, loss);
    }
    return (await embedding.data<'float32'>()).slice();
  } finally {
    embedding.dispose();
    noise.dispose();
    tf.dispose([frozen, stats, moments.first, moments.second]);
  }
}
