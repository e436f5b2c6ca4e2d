import type { TrainConfig } from '../index.js';

/** Channels of the features of `tinyConfig`. */
export const TINY_CHANNELS = 3 + 3 * 2 * 2 + 4;

export const TINY_TRAINING: TrainConfig = {
  seed: 2,
  epochs: 3,
  batchSize: 3,
  learningRate: 1e-2,
  schedule: { kind: 'cosine', warmup: 0.1 },
  weightDecay: 1e-4,
  clipNorm: 1,
  dropout: 0.1,
  lambdaCe: 1,
  lambdaPrior: 1,
  holdout: 0.25,
};
