import { createDropout, createNoise, type DetectorState, forward, toTokens } from '@mint/detector';
import type { TypedTensor } from '@mint/internal';
import { toTensors } from '@mint/internal/tfjs';
import { classificationLoss, priorLoss, reconstructionLoss, weightedSum } from '@mint/losses';
import * as tf from '@tensorflow/tfjs-core';
import { adamwStep, type Moments, zeroMoments } from './adamw.js';
import type { Checkpoint } from './checkpoint.js';
import type { CachedSample } from './features.js';
import type { TrainConfig } from './train-config.js';
import type { StepEvent } from './train-events.js';

/** Losses of one step. */
export type Losses = Pick<StepEvent, 'loss' | 'mse' | 'ce' | 'prior'>;

/** Variables, moments and random pools of a run in progress. */
export class TrainingRun {
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
    const weights = toTensors(resumed?.tensors.weight ?? start.network);
    this.#variables = Object.fromEntries(
      Object.entries(weights).map(([name, value]) => [name, tf.variable(value, true)]),
    );
    this.#moments =
      resumed === undefined
        ? zeroMoments(weights)
        : { first: toTensors(resumed.tensors.first ?? {}), second: toTensors(resumed.tensors.second ?? {}) };
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
    return { loss, mse, ...others };
  }

  async weights(): Promise<Record<string, TypedTensor>> {
    return toArrays(this.#variables);
  }

  async checkpoint(runHash: string): Promise<Checkpoint> {
    const kinds = { weight: this.#variables, ...this.#moments };
    const entries = Object.entries(kinds).map(async ([kind, of]) => [kind, await toArrays(of)] as const);
    return { step: this.step, runHash, tensors: Object.fromEntries(await Promise.all(entries)), numbers: {} };
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
