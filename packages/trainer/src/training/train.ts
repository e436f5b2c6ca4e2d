import { type DetectorState, MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { learningRate } from '../config/schedule.js';
import type { TrainConfig } from '../config/train-config.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { type CachedSample, readFeatures } from '../features/features.js';
import { type EvaluateEvent, type TrainHooks, together } from '../logging/train-events.js';
import { runHashOf } from '../run-folder/checkpoint.js';
import { openRunFolder, type RunFolder, type RunFolderOptions } from '../run-folder/run-folder.js';
import { type BestEpoch, fromCheckpoint, toCheckpoint } from './best-epoch.js';
import { watchHealth } from './health.js';
import { batchesOf } from './sampling.js';
import { TrainingRun } from './training-run.js';
import { trainingStats } from './training-stats.js';
import { validate } from './validation.js';
import { whiten } from './whiten.js';

/** Options of {@link train}. */
export interface TrainOptions extends RunFolderOptions, TrainHooks {
  /** From `featureCacheOf`. */
  readonly cache: FeatureCache;
  /** Normal images whose features are in the cache. */
  readonly samples: readonly CachedSample[];
  /** Every number of the run. */
  readonly config: TrainConfig;
  /** What `config.validation` judges by: images that are not in `samples`, from `cacheFeatures` with `defects`. */
  readonly validation?: readonly CachedSample[] | undefined;
  /** Gets `checkpoints/` and `log.jsonl`. Without it nothing is written. */
  readonly runFolder?: string | undefined;
  /** Bytes of memory at which the run saves and stops. Default: nine tenths of what the machine or container has. */
  readonly memoryLimit?: number | undefined;
  /** When aborted, the step under way is finished and a checkpoint is saved. */
  readonly signal?: AbortSignal | undefined;
  /** Follow the run after the hooks given here. */
  readonly loggers?: readonly TrainHooks[] | undefined;
}

/** What {@link train} gives. */
export interface TrainResult {
  /** The trained detector; the caller disposes it. */
  readonly detector: MintDetector;
  /** Steps taken in all, resumed ones included. */
  readonly steps: number;
  /** False when `signal` stopped the run early. */
  readonly finished: boolean;
  /** The validation whose weights the detector has. */
  readonly best?: Pick<EvaluateEvent, 'step' | 'score'>;
}

/**
 * Trains a detector's network on cached features of normal images. The detector also gets from them what it knows of its data:
 * mean and deviation of each channel, where the classes lie, and the whitening of its map.
 *
 * Every random choice follows from `config.seed` and the step number: an interrupted and resumed run equals an
 * uninterrupted one bit for bit on the same backend.
 *
 * @param initial - Gives configuration and starting weights; it is not changed.
 * @throws MintError `EMPTY_DATASET` without images, or images for `config.validation`; `DIVERGED` when the loss is not finite, naming step, images
 * and last good checkpoint; `UNAVAILABLE` at the memory limit; `IN_USE` when another process trains in `runFolder`;
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
  const keys = [...samples, ...validation].map(({ key }) => key);
  const runHash = runHashOf({ detector: state.config, train: config }, keys);
  const folder = await openRunFolder(runFolder, runHash, Object.keys(state.network), options);
  try {
    return await trainIn(folder, runHash, state, options);
  } finally {
    folder.close();
  }
}

async function trainIn(
  folder: RunFolder,
  runHash: string,
  state: DetectorState,
  options: TrainOptions,
): Promise<TrainResult> {
  const { cache, samples, config, validation = [], signal } = options;
  const start: DetectorState = {
    ...state,
    ...(await trainingStats(cache, samples, state.config.classes.length, state.featureMean.length)),
  };
  const batches = batchesOf(samples, config);
  const { stepsPerEpoch } = batches;
  const steps = config.epochs * stepsPerEpoch;
  const hooks = together([options, folder.logger, ...(options.loggers ?? [])]);
  const losses = folder.logged.flatMap((entry) => ('loss' in entry ? [Number(entry.loss)] : []));
  const mustStop = watchHealth(losses, options.memoryLimit, options.onWarning);
  const run = new TrainingRun(start, config, folder.resumed);
  let best = fromCheckpoint(folder.resumed);

  const save = (must: boolean) =>
    folder.save(
      run.step,
      async () => {
        const { tensors, numbers } = toCheckpoint(best);
        return { step: run.step, runHash, tensors: { ...(await run.tensors()), ...tensors }, numbers };
      },
      must,
    );
  /** The detector with these weights, as it is delivered and judged. */
  const detectorOf = async (network: BestEpoch['weights']): Promise<MintDetector> => {
    const plain = MintDetector.fromState({ ...start, network });
    if (start.config.map === 'distance') return plain;
    return whiten(plain, cache, samples).finally(() => plain.dispose());
  };
  const endEpoch = async (): Promise<void> => {
    const { step } = run;
    const { epochs } = config;
    const epoch = step / stepsPerEpoch;
    const recent = losses.slice(-stepsPerEpoch);
    const meanLoss = recent.reduce((sum, loss) => sum + loss, 0) / recent.length;
    await hooks.onEpoch({ step, epoch, epochs, meanLoss });
    const { everyEpochs = Number.POSITIVE_INFINITY } = config.validation ?? {};
    if (config.validation === undefined || (epoch % everyEpochs > 0 && epoch < epochs)) return;
    const weights = await run.weights();
    const detector = await detectorOf(weights);
    const { score, perClass } = await validate(detector, cache, validation).finally(() => detector.dispose());
    // Of equals the later: its loss is lower.
    const isBest = best === undefined || score >= best.score;
    if (isBest) best = { step, score, weights };
    await hooks.onEvaluate({ step, epoch, score, perClass, isBest });
    if (isBest) await save(true);
  };
  const isOver = (): boolean => {
    const { everyEpochs = 1, patience = Number.POSITIVE_INFINITY } = config.validation ?? {};
    const since = best === undefined ? 0 : run.step - best.step;
    return run.step >= steps || since >= patience * everyEpochs * stepsPerEpoch;
  };

  try {
    let next = isOver() ? undefined : readFeatures(cache, batches.at(run.step));
    while (next !== undefined && !isOver() && !signal?.aborted) {
      const began = performance.now();
      const batch = batches.at(run.step);
      const features = await next;
      next = run.step + 1 < steps ? readFeatures(cache, batches.at(run.step + 1)) : undefined;
      // The prefetched read may fail while the step runs; its error is thrown where it is awaited.
      next?.catch(() => undefined);
      const lr = learningRate(config.schedule, config.learningRate, run.step, steps);
      const taken = await run.advance(features, batch, lr);
      if (!Number.isFinite(taken.loss)) {
        const images = batch.map(({ sample }) => sample.id).join(', ');
        throw new MintError(
          'DIVERGED',
          `training step ${run.step}: the loss is ${taken.loss}; images of this step: ${images}; ` +
            `last good checkpoint: ${await folder.lastCheckpoint()}. Train again with a lower learning rate.`,
        );
      }
      losses.push(taken.loss);
      const { step } = run;
      const epoch = Math.ceil(step / stepsPerEpoch);
      await hooks.onStep({ step, steps, epoch, learningRate: lr, ...taken, ms: performance.now() - began });
      if (step % stepsPerEpoch === 0) await endEpoch();
      await save(false);
      const reason = mustStop(step, taken.loss);
      if (reason === undefined) continue;
      await save(true);
      throw new MintError(
        'UNAVAILABLE',
        `training stopped and saved at ${reason}. Free memory, then resume.`,
      );
    }
    await save(true);
    const finished = isOver();
    const weights = best?.weights ?? (await run.weights());
    return {
      detector: finished ? await detectorOf(weights) : MintDetector.fromState({ ...start, network: weights }),
      steps: run.step,
      finished,
      ...(best === undefined ? {} : { best: { step: best.step, score: best.score } }),
    };
  } finally {
    run.dispose();
  }
}
