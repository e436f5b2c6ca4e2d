import type { Sample } from '@mint/data';
import {
  type AddedClass,
  ClassStatsBuilder,
  type DetectorState,
  MintDetector,
  modelKind,
  predictBatch,
  shortHash,
} from '@mint/detector';
import { MintError, printable } from '@mint/internal';
import { calibrationOf, scoreNormals } from '../calibration/calibrate.js';
import { joinCalibrations } from '../calibration/merge.js';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import { featureBatches } from '../features/feature-batches.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { crossFit } from '../learners/cross-fit.js';
import type { NewClass } from '../learners/learner.js';
import { learnerOf } from '../learners/learners.js';
import { residualWhitening } from '../whitening/whiten.js';
import { addedTriangles } from '../whitening/whiten-by-place.js';
import type { FitConfig } from './fit-embedding.js';

/** Our choice, made on held-out images; see docs/add-a-class.md. */
export const FIT_CLASS: Omit<FitConfig, 'seed'> = {
  steps: 200,
  batchSize: 8,
  learningRate: 0.05,
  lambdaPrior: 1,
};

/** Options of {@link addClass}. */
export interface AddClassOptions {
  /** From `featureCacheOf`. */
  readonly cache: FeatureCache;
  /** Good images that the class is fitted on; their features are in the cache. */
  readonly fit: readonly CachedSample[];
  /** More good images of the class, for its thresholds. */
  readonly heldOut: readonly Sample[];
  /** Numbers of the fit; {@link FIT_CLASS} and a seed. */
  readonly config: FitConfig;
  /** Called with each step, from 1, and its loss. */
  readonly onStep?: ((step: number, loss: number) => void) | undefined;
}

/** The result of {@link addClass}. */
export interface AddClassResult {
  /** Knows the class too; the caller disposes it. */
  readonly detector: MintDetector;
  /** Held-out images of the class that could be read. */
  readonly heldOut: number;
  /** How many of them are recognised as the class without being given it. */
  readonly recognised: number;
}

/**
 * Adds a class to a trained detector: fits its embedding, its mean feature, the whitening of its residuals and its
 * thresholds. Everything the detector has stays as it is, and so do, bit for bit, its predictions for every image that is not
 * recognised as the new class (see `recognisedClass`), and for every image of the old classes when the class is given.
 *
 * @throws MintError `INVALID_ARGUMENT` for a detector that no class can be added to, or that knows the class; those of
 * `fitEmbedding` and `scoreNormals`.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-layers'; // registers gradients
 * import { addClass, assertExtendable, cacheFeatures, calibrate, featureCacheOf, FIT_CLASS, PRESETS, train } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const { samples } = proceduralDataset({ trainPerClass: 8, size: 64 });
 * const good = (name: string) => samples.filter(({ split, className }) => split === 'train' && className === name);
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const { network, train: settings } = PRESETS.quick;
 * const blank = MintDetector.create({
 *   ...PAPER_CONFIG,
 *   classes: ['capsule'],
 *   input,
 *   backbone: { kind: 'scattering' },
 *   grid: [8, 8],
 *   network,
 * });
 * const cache = featureCacheOf('feature-cache', blank);
 * const { detector: trained } = await train(blank, {
 *   cache,
 *   samples: await cacheFeatures(blank, cache, good('capsule').slice(0, 4)),
 *   config: { ...settings, batchSize: 4, epochs: 1, seed: 0 },
 * });
 * const calibration = await calibrate(trained, cache, good('capsule').slice(4), 0.2);
 * const detector = MintDetector.fromState({ ...trained.toState(), calibration });
 *
 * assertExtendable(detector, 'gear');
 * const added = await addClass(detector, 'gear', {
 *   cache,
 *   fit: await cacheFeatures(detector, cache, good('gear').slice(0, 4)),
 *   heldOut: good('gear').slice(4),
 *   config: { ...FIT_CLASS, steps: 2, seed: 0 },
 * });
 * console.log(added.detector.config.classes, added.heldOut); // [ 'capsule', 'gear' ] 4
 * ```
 */
export async function addClass(
  detector: MintDetector,
  name: string,
  { cache, fit, heldOut, config, onStep }: AddClassOptions,
): Promise<AddClassResult> {
  const { state, calibration } = extendable(detector, name);
  if (fit.length === 0) throw new MintError('EMPTY_DATASET', 'addClass: there is no image to fit.');
  const mean = await meanFeature(cache, fit, detector.channels);
  const learned = { samples: fit, mean, config, onStep };
  const weights = await learnerOf(state.config).learnClass(detector, cache, learned);
  const measured = await measureResiduals(state, name, { weights, mean }, cache, learned);
  const scoring = extended(state, name, { weights, mean, ...measured });
  try {
    const classIndex = state.config.classes.length;
    const images = heldOut.map((sample) => ({ ...sample, className: name, classIndex }));
    const scored = await scoreNormals(scoring, cache, images);
    const result = MintDetector.fromState({
      ...scoring.toState(),
      calibration: joinCalibrations(calibration, calibrationOf(scored, calibration.alpha)),
      images: state.images && {
        ...state.images,
        fit: [...new Set([...state.images.fit, ...fit.map(hashOf)])],
        heldOut: [...state.images.heldOut, ...scored.images.map(hashOf)],
      },
    });
    let recognised = 0;
    for await (const batch of featureBatches(result, cache, images))
      for (const { className } of await predictBatch(result, batch)) recognised += Number(className === name);
    return { detector: result, heldOut: scored.images.length, recognised };
  } finally {
    scoring.dispose();
  }
}

/**
 * Checks that a class of that name can be added to a detector.
 *
 * See the example of {@link addClass}.
 *
 * @throws MintError `INVALID_ARGUMENT` with the reason when it cannot.
 */
export function assertExtendable(detector: MintDetector, name: string): void {
  extendable(detector, name);
}

/** The parts of a detector that adding a class needs. */
function extendable(detector: MintDetector, name: string) {
  const state = detector.toState();
  const { config, calibration, classStats } = state;
  const refuse = (reason: string): never => {
    throw new MintError('INVALID_ARGUMENT', `the class '${name}' cannot be added: ${reason}`);
  };
  const closed = modelKind(config).whyClosed(config);
  if (closed !== undefined) return refuse(`${closed}; train a model with all classes.`);
  if (name !== printable(name, 1000)) return refuse('its name must be a short text on one line.');
  if (config.classes.includes(name))
    return refuse(`the model knows it already; give another name, or start from the model without it.`);
  if (calibration === undefined || classStats === undefined)
    return refuse(
      'the model has no limits and class statistics to recognise a new class by; train it with `mint train`.',
    );
  return { state, calibration };
}

function extended(state: DetectorState, name: string, added: AddedClass): MintDetector {
  return MintDetector.fromState({
    ...state,
    config: { ...state.config, classes: [...state.config.classes, name] },
    added: [...(state.added ?? []), added],
  });
}

/** What the map of the detector measures residuals of its new class with. */
async function measureResiduals(
  state: DetectorState,
  name: string,
  own: AddedClass,
  cache: FeatureCache,
  learned: NewClass,
): Promise<Pick<AddedClass, 'whitening' | 'triangles'>> {
  if (state.config.map === 'distance') return {};
  const detector = extended(state, name, own);
  const { samples } = learned;
  const { measure, learnClass } = learnerOf(state.config);
  const unseen =
    measure &&
    (await crossFit(detector, samples, async (some) => {
      const weights = await learnClass(detector, cache, { ...learned, samples: some });
      return extended(state, name, { ...own, weights });
    }));
  const from = { added: name, detectorOf: unseen?.detectorOf };
  try {
    if (state.placeWhitening === undefined)
      return { whitening: await residualWhitening(detector, cache, samples, from) };
    return { triangles: await addedTriangles(detector, state.placeWhitening, cache, samples, from) };
  } finally {
    detector.dispose();
    unseen?.dispose();
  }
}

async function meanFeature(
  cache: FeatureCache,
  samples: readonly CachedSample[],
  channels: number,
): Promise<Float32Array> {
  const builder = new ClassStatsBuilder(1, channels);
  for (const image of samples) builder.add(await readFeatures(cache, [image]), 0);
  return builder.result().means;
}

const hashOf = ({ contentHash }: { readonly contentHash: string }): string => shortHash(contentHash);
