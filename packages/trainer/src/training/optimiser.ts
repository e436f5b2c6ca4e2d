import { createDropout, createNoise, type DetectorState, forward, toTokens } from '@mint/detector';
import { deriveSeed, type TypedTensor } from '@mint/internal';
import { toTensors } from '@mint/internal/tfjs';
import { classificationLoss, reconstructionLoss, weightedSum } from '@mint/losses';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../config/train-config.js';
import type { CachedSample } from '../features/cached-features.js';
import { featureTensor } from '../features/feature-tensor.js';
import type { StepEvent } from '../logging/train-events.js';
import type { Checkpoint } from '../run-folder/checkpoint.js';
import { adamwStep, type Moments, zeroMoments } from './adamw.js';
import { emaStep } from './ema.js';
import { priorOf } from './prior-of.js';

/** Losses of one step. */
export type Losses = Pick<StepEvent, 'loss' | 'mse' | 'ce' | 'prior'>;

/** Weights, moments and random pools of a run in progress, and the step that changes them. */
export class Optimiser {
  step: number;
  readonly #start: DetectorState;
  readonly #config: TrainConfig;
  readonly #variables: Record<string, tf.Variable>;
  readonly #moments: Moments;
  /** Moving average of the weights, if there is one. */
  readonly #average: Record<string, tf.Tensor> | undefined;
  readonly #dropout: ReturnType<typeof createDropout> | undefined;
  readonly #noise: ReturnType<typeof createNoise>;
  readonly #mean: tf.Tensor1D;
  readonly #std: tf.Tensor1D;

  constructor(start: DetectorState, config: TrainConfig, resumed: Checkpoint | undefined) {
    this.#start = start;
    this.#config = config;
    this.step = resumed?.step ?? 0;
    const weights = toTensors(resumed?.tensors.weight ?? start.network);
    this.#variables = Object.fromEntries(
      Object.entries(weights).map(([name, value]) => [name, tf.variable(value, true)]),
    );
    this.#moments =
      resumed === undefined
        ? zeroMoments(weights)
        : { first: toTensors(resumed.tensors.first ?? {}), second: toTensors(resumed.tensors.second ?? {}) };
    this.#average =
      config.emaDecay === undefined ? undefined : toTensors(resumed?.tensors.average ?? start.network);
    tf.dispose(weights);
    this.#dropout = config.dropout > 0 ? createDropout(config.dropout, config.seed) : undefined;
    this.#noise = createNoise(config.seed);
    this.#mean = tf.tensor1d(start.featureMean);
    this.#std = tf.tensor1d(start.featureStd);
  }

  /**
   * One optimiser step. On a lazy backend it is one graph run, or with micro-batches one for each, so that no more than one
   * is in memory.
   */
  async advance(features: Float32Array, batch: readonly CachedSample[], lr: number): Promise<Losses> {
    const size = Math.min(this.#config.microBatchSize ?? batch.length, batch.length);
    const sums: Record<string, number> = {};
    let gradients: Record<string, tf.Tensor> = {};
    for (let from = 0; from < batch.length; from += size) {
      const parts = tf.tidy(() => {
        const part = this.#gradientsOf(features, batch, from, Math.min(size, batch.length - from));
        const sum = added(gradients, part.gradients);
        if (from + size >= batch.length) this.#update(sum, lr);
        else for (const gradient of Object.values(sum)) tf.keep(gradient);
        tf.dispose(gradients);
        gradients = sum;
        return part.losses;
      });
      const values = await Promise.all(
        Object.entries(parts).map(
          async ([name, tensor]) => [name, (await tensor.data())[0] ?? Number.NaN] as const,
        ),
      );
      tf.dispose(parts);
      for (const [name, value] of values) sums[name] = (sums[name] ?? 0) + value;
    }
    this.step += 1;
    const { loss = Number.NaN, mse = Number.NaN, ...others } = sums;
    return { loss, mse, ...others };
  }

  /** What `count` images add to the losses of a batch, which are means over all of its images, and to their gradients. */
  #gradientsOf(features: Float32Array, batch: readonly CachedSample[], from: number, count: number) {
    const { config } = this.#start;
    const size = features.length / batch.length;
    const part = features.subarray(from * size, (from + count) * size);
    const grid = featureTensor(part, config.grid, this.#start.featureMean.length);
    const tokens = toTokens(grid, config.featureScaling, this.#mean, this.#std);
    const labels = tf.tensor1d(
      batch.slice(from, from + count).map(({ sample }) => sample.classIndex),
      'int32',
    );
    const isWhole = count === batch.length;
    const [, ...tokenShape] = tokens.shape;
    const wholeNoise = this.#noise.step(this.step)([batch.length, ...tokenShape]);
    const noise = isWhole ? wholeNoise : tf.slice(wholeNoise, [from, 0, 0], [count, -1, -1]);
    // Micro-batches of one step draw different masks.
    const dropout = this.#dropout?.step(isWhole ? this.step : deriveSeed(this.step, from));
    const share = <T extends tf.Tensor>(loss: T): T =>
      isWhole ? loss : (tf.mul(loss, count / batch.length) as T);
    const reported: Record<string, tf.Scalar> = {};
    const { value, grads } = tf.variableGrads(() => {
      const output = forward(this.#variables, config, tokens, {
        labels,
        noise: noise as tf.Tensor3D,
        dropout,
      });
      const mse = share(reconstructionLoss(output.reconstruction, tokens));
      const ce = output.logits && share(classificationLoss(output.logits, labels));
      const wholePrior = priorOf(output, tokens, config, { mean: this.#mean, std: this.#std });
      const prior = wholePrior && share(wholePrior);
      Object.assign(reported, { mse, ...(ce && { ce }), ...(prior && { prior }) });
      for (const part of Object.values(reported)) tf.keep(part);
      return weightedSum({ mse, ce, prior }, this.#config).total;
    }, Object.values(this.#variables));
    const gradients = Object.fromEntries(
      Object.entries(this.#variables).flatMap(([name, variable]) => {
        const gradient = grads[variable.name];
        return gradient === undefined ? [] : [[name, gradient] as const];
      }),
    );
    return { gradients, losses: { loss: value, ...reported } };
  }

  #update(gradients: Readonly<Record<string, tf.Tensor>>, lr: number): void {
    const { weightDecay, clipNorm, emaDecay } = this.#config;
    adamwStep(this.#variables, gradients, this.#moments, {
      learningRate: lr,
      weightDecay,
      step: this.step,
      clipNorm,
    });
    if (this.#average !== undefined && emaDecay !== undefined)
      emaStep(this.#average, this.#variables, emaDecay, this.step);
  }

  /** The weights that a model gets: their average, if there is one. */
  async weights(): Promise<Record<string, TypedTensor>> {
    return toArrays(this.#average ?? this.#variables);
  }

  /** Weights, moments and average, for a checkpoint. */
  async tensors(): Promise<Checkpoint['tensors']> {
    const kinds = {
      weight: this.#variables,
      ...this.#moments,
      ...(this.#average && { average: this.#average }),
    };
    const entries = Object.entries(kinds).map(async ([kind, of]) => [kind, await toArrays(of)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  dispose(): void {
    for (const variable of Object.values(this.#variables)) variable.dispose();
    tf.dispose([this.#moments.first, this.#moments.second, this.#mean, this.#std]);
    tf.dispose(this.#average);
    this.#dropout?.dispose();
    this.#noise.dispose();
  }
}

/** The sum of gradients; every micro-batch has those of the same weights, and `sum` is empty at first. */
function added(
  sum: Readonly<Record<string, tf.Tensor>>,
  gradients: Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor> {
  const entries = Object.entries(gradients).map(([name, gradient]) => {
    const before = sum[name];
    return [name, before === undefined ? gradient : tf.add(before, gradient)] as const;
  });
  return Object.fromEntries(entries);
}

async function toArrays(tensors: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, TypedTensor>> {
  const entries = Object.entries(tensors).map(async ([name, tensor]) => {
    const data = await tensor.data<'float32'>();
    return [name, { shape: tensor.shape, data: data.slice() }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
