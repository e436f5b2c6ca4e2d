import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { shuffledOrder } from '@mint/data';
import {
  createDropout,
  createNoise,
  type DetectorState,
  type FeatureStats,
  forward,
  MintDetector,
  toTokens,
} from '@mint/detector';
import { MintError, type TypedTensor } from '@mint/internal';
import { toTensors } from '@mint/internal/tfjs';
import { classificationLoss, priorLoss, reconstructionLoss, weightedSum } from '@mint/losses';
import * as tf from '@tensorflow/tfjs-core';
import { adamwStep, type Moments, zeroMoments } from './adamw.js';
import { type Checkpoint, loadCheckpoint, runHashOf, saveCheckpoint } from './checkpoint.js';
import type { FeatureCache } from './feature-cache.js';
import { type CachedSample, readFeatures } from './features.js';
import type { TrainConfig } from './presets.js';
import { learningRate } from './schedule.js';
import { whiten } from './whiten.js';

/** One training step, as it goes to `onStep` and `log.jsonl`. */
export interface StepEvent {
  /** Steps taken, this one included. */
  readonly step: number;
  readonly steps: number;
  /** Epoch of this step, from 1. */
  readonly epoch: number;
  readonly learningRate: number;
  readonly loss: number;
  readonly mse: number;
  readonly ce?: number;
  readonly prior?: number;
  /** Milliseconds this step took. */
  readonly ms: number;
}

export interface TrainOptions {
  readonly cache: FeatureCache;
  /** Normal pictures whose features are in the cache. */
  readonly samples: readonly CachedSample[];
  readonly config: TrainConfig;
  /** Statistics of the training features; see `FeatureStatsBuilder`. */
  readonly featureStats: FeatureStats;
  /** Gets `checkpoints/latest.safetensors` after every epoch and `log.jsonl`. Without it nothing is written. */
  readonly runFolder?: string;
  /** Goes on from the checkpoint in `runFolder`. */
  readonly resume?: boolean;
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
 * @throws MintError `EMPTY_DATASET` with fewer pictures than one batch; `DIVERGED` when the loss is not finite,
 * naming step and pictures.
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
  const folder = runFolder === undefined ? undefined : join(runFolder, 'checkpoints');
  const resumed =
    options.resume && folder !== undefined
      ? await loadCheckpoint(folder, runHash, Object.keys(start.network))
      : undefined;

  const run = new TrainingRun(start, config, resumed);
  try {
    const batchAt = (step: number): readonly CachedSample[] => {
      const order = shuffledOrder(samples.length, config.seed, Math.floor(step / stepsPerEpoch));
      const at = (step % stepsPerEpoch) * batchSize;
      return Array.from(order.slice(at, at + batchSize), (i) => samples[i] as CachedSample);
    };
    const save = async () => {
      if (folder !== undefined) await saveCheckpoint(folder, await run.checkpoint(runHash));
    };
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
      const event: StepEvent = {
        step: run.step,
        steps,
        epoch: Math.ceil(run.step / stepsPerEpoch),
        learningRate: lr,
        ...losses,
        ms: performance.now() - began,
      };
      onStep?.(event);
      if (runFolder !== undefined) await appendLog(join(runFolder, 'log.jsonl'), event);
      if (run.step % stepsPerEpoch === 0) await save();
    }
    const finished = run.step >= steps;
    if (!finished) await save();
    const plain = MintDetector.fromState({ ...start, network: await run.weights() });
    if (start.config.map === 'distance' || !finished) return { detector: plain, steps: run.step, finished };
    try {
      return { detector: await whiten(plain, cache, samples), steps: run.step, finished };
    } finally {
      plain.dispose();
    }
  } finally {
    run.dispose();
  }
}

type Losses = Pick<StepEvent, 'loss' | 'mse' | 'ce' | 'prior'>;

/** Variables, moments and random pools of a run in progress. */
class TrainingRun {
  step: number;
  readonly #start: DetectorState;
  readonly #config: TrainConfig;
  readonly #variables: Record<string, tf.Variable>;
  readonly #moments: Moments;
  readonly #dropout: ReturnType<typeof createDropout> | undefined;
  readonly #noise: ReturnType<typeof createNoise>;
  readonly #mean: tf.Tensor1D;
  readonly #std: tf.Tensor1D;

  constructor(start: DetectorState, config: TrainConfig, resumed: Checkpoint | undefined) {
    this.#start = start;
    this.#config = config;
    this.step = resumed?.step ?? 0;
    const weights = toTensors(resumed?.weights ?? start.network);
    this.#variables = Object.fromEntries(
      Object.entries(weights).map(([name, value]) => [name, tf.variable(value, true)]),
    );
    this.#moments =
      resumed === undefined
        ? zeroMoments(weights)
        : { first: toTensors(resumed.first), second: toTensors(resumed.second) };
    tf.dispose(weights);
    this.#dropout = config.dropout > 0 ? createDropout(config.dropout, config.seed) : undefined;
    this.#noise = createNoise(config.seed);
    this.#mean = tf.tensor1d(start.featureMean);
    this.#std = tf.tensor1d(start.featureStd);
  }

  /** One optimiser step; the whole of it is one graph run on a lazy backend. */
  async advance(features: Float32Array, batch: readonly CachedSample[], lr: number): Promise<Losses> {
    const { config } = this.#start;
    const parts = tf.tidy(() => {
      const [rows, cols] = config.grid;
      const channels = features.length / (batch.length * rows * cols);
      const grid = tf.tensor4d(features, [batch.length, rows, cols, channels]);
      const tokens = toTokens(grid, config.featureScaling, this.#mean, this.#std);
      const labels = tf.tensor1d(
        batch.map(({ sample }) => sample.classIndex),
        'int32',
      );
      const noise = this.#noise.step(this.step)(tokens.shape) as tf.Tensor3D;
      const dropout = this.#dropout?.step(this.step);
      const reported: Record<string, tf.Scalar> = {};
      const { value, grads } = tf.variableGrads(() => {
        const output = forward(this.#variables, config, tokens, {
          labels,
          noise,
          ...(dropout === undefined ? {} : { dropout }),
        });
        const mse = reconstructionLoss(output.reconstruction, tokens);
        const ce = output.logits && classificationLoss(output.logits, labels);
        const scaled = config.featureScaling === 'standardise';
        const prior =
          output.mu &&
          output.logVar &&
          priorLoss(
            tokens,
            output.mu,
            output.logVar,
            scaled ? undefined : { mean: this.#mean, std: this.#std },
          );
        Object.assign(reported, { mse, ...(ce && { ce }), ...(prior && { prior }) });
        for (const part of Object.values(reported)) tf.keep(part);
        return weightedSum(
          { mse, ...(ce && { ce }), ...(prior && { prior }) },
          { lambdaCe: this.#config.lambdaCe, lambdaPrior: this.#config.lambdaPrior },
        ).total;
      }, Object.values(this.#variables));
      const gradients = Object.fromEntries(
        Object.entries(this.#variables).flatMap(([name, variable]) => {
          const gradient = grads[variable.name];
          return gradient === undefined ? [] : [[name, gradient] as const];
        }),
      );
      adamwStep(this.#variables, gradients, this.#moments, {
        learningRate: lr,
        weightDecay: this.#config.weightDecay,
        step: this.step,
        clipNorm: this.#config.clipNorm,
      });
      return { loss: value, ...reported };
    });
    const values = await Promise.all(
      Object.entries(parts).map(
        async ([name, tensor]) => [name, (await tensor.data())[0] ?? Number.NaN] as const,
      ),
    );
    tf.dispose(parts);
    this.step += 1;
    const { loss = Number.NaN, mse = Number.NaN, ...others } = Object.fromEntries(values);
    if (!Number.isFinite(loss)) {
      const pictures = batch.map(({ sample }) => sample.id).join(', ');
      throw new MintError(
        'DIVERGED',
        `training step ${this.step}: the loss is ${loss}; pictures of this step: ${pictures}. ` +
          'Lower the learning rate and resume from the last checkpoint.',
      );
    }
    return { loss, mse, ...others };
  }

  async weights(): Promise<Record<string, TypedTensor>> {
    return toArrays(this.#variables);
  }

  async checkpoint(runHash: string): Promise<Checkpoint> {
    const [weights, first, second] = await Promise.all(
      [this.#variables, this.#moments.first, this.#moments.second].map(toArrays),
    );
    return { step: this.step, runHash, weights: weights ?? {}, first: first ?? {}, second: second ?? {} };
  }

  dispose(): void {
    for (const variable of Object.values(this.#variables)) variable.dispose();
    tf.dispose([this.#moments.first, this.#moments.second, this.#mean, this.#std]);
    this.#dropout?.dispose();
    this.#noise.dispose();
  }
}

async function toArrays(tensors: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, TypedTensor>> {
  const entries = Object.entries(tensors).map(async ([name, tensor]) => {
    const data = await tensor.data<'float32'>();
    return [name, { shape: tensor.shape, data: data.slice() }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function appendLog(path: string, event: StepEvent): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${JSON.stringify(event)}\n`);
}
