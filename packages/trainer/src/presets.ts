import type { DetectorConfig } from '@mint/detector';
import type { Augmentation } from './network-inputs.js';
import type { Schedule } from './schedule.js';

/** Every number of a training run that is not part of the detector itself. Plain JSON. */
export interface TrainConfig {
  /** Seed of weights, dropout, jitter, data order and held-out split. */
  readonly seed: number;
  readonly epochs: number;
  /** Pictures a step; the pictures left over at an epoch's end wait for the next one. */
  readonly batchSize: number;
  /** Peak learning rate of AdamW. */
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly weightDecay: number;
  /** Global norm the gradients are clipped to. */
  readonly clipNorm: number;
  /** Share of values dropped in attention, residual branches and feed-forward layers. */
  readonly dropout: number;
  /** Weights of L_CE and L_Prior beside L_MSE. */
  readonly lambdaCe: number;
  readonly lambdaPrior: number;
  /** Share of each class's normal training pictures kept out of training, for calibration. */
  readonly holdout: number;
  /** Variants of the training pictures to learn beside them. Held-out and test pictures have none. Default: none. */
  readonly augment?: Augmentation;
}

interface Preset {
  readonly featureScaling: DetectorConfig['featureScaling'];
  readonly map: DetectorConfig['map'];
  readonly train: Omit<TrainConfig, 'seed'>;
}

/** Named settings. `paper`: UniAD's published schedule, our inference for MINT-AD. `cpu`: our own search, for an hour on two cores. */
export const PRESETS = {
  paper: {
    featureScaling: 'none',
    map: 'distance',
    train: {
      epochs: 1000,
      batchSize: 8,
      learningRate: 1e-4,
      schedule: { kind: 'step', at: 0.8, gamma: 0.1 },
      weightDecay: 1e-4,
      clipNorm: 0.1,
      dropout: 0.1,
      lambdaCe: 1,
      lambdaPrior: 1,
      holdout: 0.15,
    },
  },
  cpu: {
    featureScaling: 'standardise',
    map: 'whitened',
    train: {
      epochs: 8,
      batchSize: 8,
      learningRate: 4e-4,
      schedule: { kind: 'cosine', warmup: 0.05 },
      weightDecay: 1e-4,
      clipNorm: 1,
      dropout: 0.1,
      lambdaCe: 1,
      lambdaPrior: 1,
      holdout: 0.15,
    },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
