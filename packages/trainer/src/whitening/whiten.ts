import { MintDetector, whiteningMatrix } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { featureTensor } from '../features/feature-tensor.js';
import { whiteningByPlace } from './whiten-by-place.js';

const BATCH = 8;
/** This many tokens per channel are enough; more images would only take time. */
const TOKENS_PER_CHANNEL = 200;
/**
 * The covariance of all classes counts in that of each class as this many tokens per channel: a class with few images relies on
 * all classes.
 */
const SHARED_TOKENS_PER_CHANNEL = 1;

/** Sum of `r·rᵀ` over residuals r, `[C·C]`, and their number. */
interface Moments {
  readonly sum: Float64Array;
  readonly tokens: number;
}

/**
 * The same detector with its anomaly map whitened, jointly, by class, or by class and place as its configuration says: second moments of its
 * residuals on training images, without jitter and dropout.
 *
 * @returns A new detector; the caller keeps the old one.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { cacheFeatures, featureCacheOf, residualWhitening, whiten } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const { samples, classes } = proceduralDataset({ trainPerClass: 2, size: 64 });
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const model = { ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8] } as const;
 * const detector = MintDetector.create({ ...model, map: 'whitened' });
 * const cache = featureCacheOf('feature-cache', detector);
 * const cached = await cacheFeatures(detector, cache, samples.filter(({ split }) => split === 'train'));
 * const whitened = await whiten(detector, cache, cached); // as `train` does at its end
 * console.log(whitened.toState().whitening?.length, (await residualWhitening(detector, cache, cached)).length); // 21609 21609
 * ```
 */
export async function whiten(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
): Promise<MintDetector> {
  const { config, trainedClasses } = detector;
  if (config.map === 'whitened-by-class-and-place') {
    const placeWhitening = await whiteningByPlace(detector, cache, samples);
    return MintDetector.fromState({ ...detector.toState(), placeWhitening });
  }
  const whitening =
    config.map === 'whitened-by-class'
      ? await whiteningByClass(detector, cache, samples, trainedClasses.length)
      : await residualWhitening(detector, cache, samples);
  return MintDetector.fromState({ ...detector.toState(), whitening });
}

/**
 * The whitening matrix `[C·C]` of a detector's residuals on cached images, chosen evenly from the list.
 *
 * See the example of {@link whiten}.
 *
 * @param added - The added class of all images. Default: none, the images are of trained classes.
 */
export async function residualWhitening(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  added?: string,
): Promise<Float32Array> {
  const { sum, tokens } = await residualMoments(detector, cache, samples, added);
  return whiteningMatrix(
    sum.map((v) => v / tokens),
    detector.channels,
  );
}

/** A matrix for each class, `[K·C·C]`. */
async function whiteningByClass(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  classes: number,
): Promise<Float32Array> {
  const { channels } = detector;
  const ofClasses: Moments[] = [];
  for (let k = 0; k < classes; k++) {
    const own = samples.filter(({ sample }) => sample.classIndex === k);
    ofClasses.push(await residualMoments(detector, cache, own));
  }
  const tokens = ofClasses.reduce((total, of) => total + of.tokens, 0);
  const joint = new Float64Array(channels * channels);
  for (const { sum } of ofClasses)
    for (let i = 0; i < joint.length; i++) joint[i] = (joint[i] as number) + (sum[i] as number) / tokens;
  const shared = SHARED_TOKENS_PER_CHANNEL * channels;
  const matrices = new Float32Array(classes * channels * channels);
  for (const [k, own] of ofClasses.entries()) {
    const blended = own.sum.map((v, i) => (v + shared * (joint[i] as number)) / (own.tokens + shared));
    matrices.set(whiteningMatrix(blended, channels), k * channels * channels);
  }
  return matrices;
}

async function residualMoments(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  added?: string,
): Promise<Moments> {
  const { channels } = detector;
  const [rows, cols] = detector.config.grid;
  const wanted = Math.min(samples.length, Math.ceil((TOKENS_PER_CHANNEL * channels) / (rows * cols)));
  const chosen = Array.from(
    { length: wanted },
    (_, i) => samples[Math.floor((i * samples.length) / wanted)] as CachedSample,
  );
  const sum = new Float64Array(channels * channels);
  for (let at = 0; at < chosen.length; at += BATCH) {
    const batch = chosen.slice(at, at + BATCH);
    const values = await readFeatures(cache, batch);
    const product = tf.tidy(() => {
      const grid = featureTensor(values, detector.config.grid, channels);
      const flat = tf.reshape(detector.residuals(grid, added).residual, [-1, channels]) as tf.Tensor2D;
      return tf.matMul(flat, flat, true, false);
    });
    const part = await product.data();
    product.dispose();
    for (let i = 0; i < part.length; i++) sum[i] = (sum[i] as number) + (part[i] as number);
  }
  return { sum, tokens: chosen.length * rows * cols };
}
