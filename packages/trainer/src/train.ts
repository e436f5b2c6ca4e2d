import { shuffledOrder } from '@mint/data';
import { type DetectorState, type FeatureStats, MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { runHashOf } from './checkpoint.js';
import type { FeatureCache } from './feature-cache.js';
import { type CachedSample, readFeatures } from './features.js';
import { watchHealth } from './health.js';
import { openRunFolder, type RunFolderOptions } from './run-folder.js';
import { learningRate } from './schedule.js';
import type { TrainConfig } from './train-config.js';
import type { StepEvent } from './train-events.js';
import { TrainingRun } from './training-run.js';
import { whiten } from './whiten.js';

export interface TrainOptions extends RunFolderOptions {
  readonly cache: FeatureCache;
  /** Normal pictures whose features are in the cache. */
  readonly samples: readonly CachedSample[];
  readonly config: TrainConfig;
  /** Statistics of the training features; see `FeatureStatsBuilder`. */
  readonly featureStats: FeatureStats;
  /** Gets `checkpoints/` and `log.jsonl`. Without it nothing is written. */
  readonly runFolder?: string;
  /** Bytes of memory at which the run saves and stops. Default: nine tenths of what the machine or container has. */
  readonly memoryLimit?: number;
  /** When aborted, the step under way is finished and a checkpoint is saved. */
  readonly signal?: AbortSignal;
  readonly onStep?: (event: StepEvent) => void;
}

export interface TrainResult {
  /** The trained detector; the caller disposes it. */
  readonly detector: MintDetector;
  /** Steps taken in all, resumed ones included. */
  readonly steps: number;
  /** False when `signal` stopped the run early. */
  readonly finished: boolean;
}

/**
 * Trains a detector's network on cached features of normal pictures.
 *
 * Every random choice follows from `config.seed` and the step number: an interrupted and resumed run equals an
 * uninterrupted one bit for bit on the same backend.
 *
 * @param initial - Gives configuration and starting weights; it is not changed.
 * @throws MintError `EMPTY_DATASET` without pictures; `DIVERGED` when the loss is not finite, naming step, pictures
 * and last good checkpoint; `UNAVAILABLE` at the memory limit; `IN_USE` when another process trains in `runFolder`;
 * those of reading and writing checkpoints.
 */
export async function train(initial: MintDetector, options: TrainOptions): Promise<TrainResult> {
  const { cache, samples, config, featureStats, runFolder, signal, onStep } = options;
  const start: DetectorState = {
    ...initial.toState(),
    featureMean: featureStats.mean,
    featureStd: featureStats.std,
  };
  const batchSize = Math.min(config.batchSize, samples.length);
  if (batchSize === 0) throw new MintError('EMPTY_DATASET', 'train: there is no picture to train on.');
  const stepsPerEpoch = Math.floor(samples.length / batchSize);
  const steps = config.epochs * stepsPerEpoch;
  const hashes = samples.map(({ key }) => key);
  const runHash = runHashOf({ detector: start.config, train: config }, hashes);
  const folder = await openRunFolder(runFolder, runHash, Object.keys(start.network), options);
  const losses = folder.logged.flatMap((entry) => ('loss' in entry ? [Number(entry.loss)] : []));
  const mustStop = watchHealth(losses, options.memoryLimit, options.onWarning);
  const run = new TrainingRun(start, config, folder.resumed);
  try {
    const batchAt = (step: number): readonly CachedSample[] => {
      const order = shuffledOrder(samples.length, config.seed, Math.floor(step / stepsPerEpoch));
      const at = (step % stepsPerEpoch) * batchSize;
      return Array.from(order.slice(at, at + batchSize), (i) => samples[i] as CachedSample);
    };
    const save = (must: boolean) => folder.save(run.step, () => run.checkpoint(runHash), must);
    let next = run.step < steps ? readFeatures(cache, batchAt(run.step)) : undefined;
    while (next !== undefined && !signal?.aborted) {
      const began = performance.now();
      const batch = batchAt(run.step);
      const features = await next;
      next = run.step + 1 < steps ? readFeatures(cache, batchAt(run.step + 1)) : undefined;
      // The prefetched read may fail while the step runs; its error is thrown where it is awaited.
      next?.catch(() => undefined);
      const lr = learningRate(config.schedule, config.learningRate, run.step, steps);
      const losses = await run.advance(features, batch, lr);
      if (!Number.isFinite(losses.loss)) {
        const pictures = batch.map(({ sample }) => sample.id).join(', ');
        throw new MintError(
          'DIVERGED',
          `training step ${run.step}: the loss is ${losses.loss}; pictures of this step: ${pictures}; ` +
            `last good checkpoint: ${await folder.lastCheckpoint()}. Train again with a lower learning rate.`,
        );
      }
      const event: StepEvent = {
        step: run.step,
        steps,
        epoch: Math.ceil(run.step / stepsPerEpoch),
        learningRate: lr,
        ...losses,
        ms: performance.now() - began,
      };
      onStep?.(event);
      await folder.append(event);
      await save(false);
      const reason = mustStop(run.step, losses.loss);
      if (reason === undefined) continue;
      await save(true);
      throw new MintError(
        'UNAVAILABLE',
        `training stopped and saved at ${reason}. Free memory, then resume.`,
      );
    }
    await save(true);
    const finished = run.step >= steps;
    const plain = MintDetector.fromState({ ...start, network: await run.weights() });
    if (start.config.map === 'distance' || !finished) return { detector: plain, steps: run.step, finished };
    try {
      return { detector: await whiten(plain, cache, samples), steps: run.step, finished };
    } finally {
      plain.dispose();
    }
  } finally {
    run.dispose();
    folder.close();
  }
}
