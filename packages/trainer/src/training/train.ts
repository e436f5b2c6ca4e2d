import type { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { weightsHash } from '../features/feature-cache-of.js';
import { learnerOf } from '../learners/learners.js';
import { openRunFolder } from '../run-folder/run-folder.js';
import { runHashOf } from '../run-folder/run-identity.js';
import { fitWithoutSuspects } from '../suspects/fit-without-suspects.js';
import { Run } from './run.js';
import type { TrainOptions, TrainResult } from './train-options.js';
import { trainingStats } from './training-stats.js';

/**
 * Trains a detector's network on cached features of good images. The images also give the detector the statistics of its data:
 * mean and deviation of each channel, the classes in feature space, and the whitening of its map. `trainDetector` does the
 * whole job, from images to a saved model.
 *
 * Every random choice follows from `config.seed` and the step number: an interrupted and resumed run equals an
 * uninterrupted one bit for bit on the same backend.
 *
 * @param initial - Has the configuration and the initial weights; it is not changed.
 * @throws MintError `EMPTY_DATASET` without images, or without images for `config.validation`; `DIVERGED` when the loss is not
 * finite, naming step, images and last good checkpoint; `UNAVAILABLE` at the memory limit; `IN_USE` when another process trains in `runFolder`;
 * those of reading and writing checkpoints.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-layers'; // registers gradients
 * import { cacheFeatures, featureCacheOf, PRESETS, train } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const { samples, classes } = proceduralDataset({ trainPerClass: 8, size: 64 });
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const { network, train: settings } = PRESETS.quick;
 * const blank = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8], network });
 * const cache = featureCacheOf('feature-cache', blank);
 * const normals = samples.filter(({ split }) => split === 'train');
 * const { detector, steps, finished } = await train(blank, {
 *   cache,
 *   samples: await cacheFeatures(blank, cache, normals),
 *   config: { ...settings, epochs: 1, seed: 0 },
 * });
 * console.log(steps, finished, detector.config.classes.length); // 4 true 4
 * ```
 */
export async function train(initial: MintDetector, options: TrainOptions): Promise<TrainResult> {
  const { samples, config, validation = [], runFolder } = options;
  if (samples.length === 0) throw new MintError('EMPTY_DATASET', 'train: there is no image to train on.');
  if (config.validation !== undefined && validation.length === 0)
    throw new MintError('EMPTY_DATASET', 'train: `config.validation` needs images in `validation`.');
  const state = initial.toState();
  const identity = {
    settings: {
      detector: state.config,
      train: config,
      half: state.half,
      backboneWeights: weightsHash(state.backbone),
      regionsOfInterest: state.calibration?.regionsOfInterest,
    },
    images: [...samples, ...validation].map(({ key }) => key),
  };
  const folder = await openRunFolder(runFolder, identity, Object.keys(state.network), options);
  try {
    const start = { ...state, ...(await trainingStats(options.cache, samples, initial)) };
    const { measure } = learnerOf(state.config);
    if (measure !== undefined) {
      return { ...(await fitWithoutSuspects(start, options)), steps: 0, finished: true };
    }
    const run = new Run(folder, runHashOf(identity), start, options);
    return await run.toEnd().finally(() => run.dispose());
  } finally {
    folder.close();
  }
}
