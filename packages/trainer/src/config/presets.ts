import { type DetectorConfig, PAPER_CONFIG } from '@mint/detector';
import type { TrainConfig } from './train-config.js';

/** Settings for detector and training that belong together. */
export interface Preset extends Pick<DetectorConfig, 'featureScaling' | 'map' | 'upsampling' | 'network'> {
  /** Every number of a training except its seed. */
  readonly train: Omit<TrainConfig, 'seed'>;
}

/** A name of {@link PRESETS}. */
export type PresetName = 'paper' | 'cpu' | 'quick';

/**
 * Named settings. `paper`: UniAD's published schedule, our inference for MINT-AD. `cpu`: from our own search, for an hour on two
 * cores. `quick`: a small network for a few minutes on a laptop, used by the quickstart.
 */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  paper: {
    featureScaling: 'none',
    map: 'distance',
    network: PAPER_CONFIG.network,
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
    map: 'whitened-by-class-and-place',
    upsampling: 'centres',
    network: PAPER_CONFIG.network,
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
  quick: {
    featureScaling: 'standardise',
    map: 'whitened-by-class-and-place',
    upsampling: 'centres',
    network: { hidden: 128, heads: 4, feedForward: 256, encoderLayers: 2, decoderLayers: 2, window: [7, 7] },
    train: {
      epochs: 24,
      batchSize: 8,
      learningRate: 1e-3,
      schedule: { kind: 'cosine', warmup: 0.05 },
      weightDecay: 1e-4,
      clipNorm: 1,
      dropout: 0,
      lambdaCe: 1,
      lambdaPrior: 1,
      holdout: 0.15,
    },
  },
};
