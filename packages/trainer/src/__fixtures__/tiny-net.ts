import { type DetectorConfig, PAPER_CONFIG } from '@mint/detector';
import type { TrainConfig } from '../index.js';

/** Channels of the tiny net's features. */
export const TINY_CHANNELS = 3 + 3 * 2 * 2 + 4;

/** A net small enough for the plain JavaScript backend, for images of 32 pixels. */
export function tinyDetector(classes: readonly string[]): DetectorConfig {
  return {
    ...PAPER_CONFIG,
    classes,
    input: { ...PAPER_CONFIG.input, width: 32, height: 32 },
    backbone: { kind: 'scattering', orientations: 2, scales: 2 },
    grid: [2, 2],
    featureScaling: 'standardise',
    map: 'whitened',
    network: { hidden: 8, heads: 2, feedForward: 8, encoderLayers: 1, decoderLayers: 1, window: [1, 1] },
    queries: { ...PAPER_CONFIG.queries, embedding: 3, trunkWidth: 5, trunkLayers: 2, classifierWidth: 4 },
    seed: 1,
  };
}

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
