import { type DetectorState, MintDetector, whiteningMatrix } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import { type CachedSample, evenlyChosen } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { crossFit } from '../learners/cross-fit.js';
import { learnerOf } from '../learners/learners.js';
import type { TrainOptions } from '../training/train-options.js';
import { type ResidualOptions, residualBatches } from './residual-batches.js';
import { whiteningByPlace } from './whiten-by-place.js';

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
 * @param detectorOf - The model whose residual on an image counts, such as one that was not measured on it. Default: `detector`.
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
  detectorOf?: (image: CachedSample) => MintDetector,
): Promise<MintDetector> {
  const { config, trainedClasses } = detector;
  const from = { detectorOf };
  if (config.map === 'whitened-by-class-and-place') {
    const placeWhitening = await whiteningByPlace(detector, cache, samples, { from });
    return MintDetector.fromState({ ...detector.toState(), placeWhitening });
  }
  const whitening =
    config.map === 'whitened-by-class'
      ? await whiteningByClass(detector, cache, samples, trainedClasses.length, from)
      : await residualWhitening(detector, cache, samples, from);
  return MintDetector.fromState({ ...detector.toState(), whitening });
}

/**
 * A trained detector with the map that its configuration asks for, measured on its training images.
 *
 * @param onMapped - Gets the detector while the models are still there whose residuals were measured, if they are others.
 */
export async function withMap(
  state: DetectorState,
  { cache, samples }: Pick<TrainOptions, 'cache' | 'samples'>,
  onMapped?: (detector: MintDetector, detectorOf?: (image: CachedSample) => MintDetector) => Promise<void>,
): Promise<MintDetector> {
  const plain = MintDetector.fromState(state);
  const { measure } = learnerOf(state.config);
  if (state.config.map === 'distance') return plain;
  const unseen =
    measure &&
    (await crossFit(plain, samples, async (some) =>
      MintDetector.fromState({ ...state, network: await measure(state, cache, some) }),
    ));
  try {
    const mapped = await whiten(plain, cache, samples, unseen?.detectorOf);
    await onMapped?.(mapped, unseen?.detectorOf);
    return mapped;
  } finally {
    plain.dispose();
    unseen?.dispose();
  }
}

/**
 * The whitening matrix `[C·C]` of a detector's residuals on cached images, chosen evenly from the list.
 *
 * See the example of {@link whiten}.
 *
 * @param from - Which residuals count. Default: those of `detector` on images of trained classes.
 */
export async function residualWhitening(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  from: ResidualOptions = {},
): Promise<Float32Array> {
  const { sum, tokens } = await residualMoments(detector, cache, samples, from);
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
  from: ResidualOptions,
): Promise<Float32Array> {
  const { channels } = detector;
  const ofClasses: Moments[] = [];
  for (let k = 0; k < classes; k++) {
    const own = samples.filter(({ sample }) => sample.classIndex === k);
    ofClasses.push(await residualMoments(detector, cache, own, from));
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
  from: ResidualOptions,
): Promise<Moments> {
  const { channels } = detector;
  const [rows, cols] = detector.config.grid;
  const wanted = Math.min(samples.length, Math.ceil((TOKENS_PER_CHANNEL * channels) / (rows * cols)));
  const chosen = evenlyChosen(samples, wanted);
  const sum = new Float64Array(channels * channels);
  const squares = (residuals: tf.Tensor2D) => tf.matMul(residuals, residuals, true, false);
  for await (const part of residualBatches(detector, cache, chosen, from, squares))
    for (let i = 0; i < part.length; i++) sum[i] = (sum[i] as number) + (part[i] as number);
  return { sum, tokens: chosen.length * rows * cols };
}
