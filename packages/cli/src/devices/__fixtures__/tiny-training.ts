import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proceduralDataset } from '@mint/data';
import { type DetectorConfig, MintDetector } from '@mint/detector';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { cacheFeatures, featureCacheOf, type TrainConfig, train } from '@mint/trainer';

/** Result of a training run on the current backend. */
export interface TinyTraining {
  /** Loss of each step, before its update. */
  readonly losses: readonly number[];
  /** All weights after the last step. */
  readonly weights: Float32Array;
  /** Time of the fastest step, in milliseconds. */
  readonly ms: number;
}

const dataset = proceduralDataset({ seed: 1, trainPerClass: 4, testGoodPerClass: 1, defectsPerClass: 1, size: 32 });

const CONFIG: TrainConfig = {
  seed: 2,
  epochs: 1,
  batchSize: 4,
  learningRate: 1e-2,
  schedule: { kind: 'cosine', warmup: 0.1 },
  weightDecay: 1e-4,
  clipNorm: 0.5,
  dropout: 0.1,
  lambdaCe: 1,
  lambdaPrior: 1,
  holdout: 0.25,
};

/**
 * The difference between a run on another device and one on `cpu`.
 *
 * @returns `loss`: the largest relative difference of a loss; `weights`: the difference that 99 % of the weights stay
 * within. The rest have gradients that are zero but for rounding, which AdamW blows up to a whole step.
 */
export function differenceOf(run: TinyTraining, cpu: TinyTraining): { loss: number; weights: number } {
  const losses = cpu.losses.map((loss, i) => Math.abs((run.losses[i] ?? Number.NaN) - loss) / loss);
  const apart = cpu.weights.map((weight, i) => Math.abs((run.weights[i] ?? Number.NaN) - weight)).sort();
  return { loss: Math.max(...losses), weights: apart[Math.floor(0.99 * apart.length)] ?? Number.NaN };
}

/**
 * Trains a net with all parts of a real one: features, dropout, jitter, all three losses, clipping, AdamW. Its sizes are small
 * and unequal; an epoch has four steps.
 */
export async function tinyTraining(model: DetectorConfig['model'], epochs: number): Promise<TinyTraining> {
  const tiny = tinyConfig(dataset.classes);
  const detector = MintDetector.create({
    ...tiny,
    model,
    backbone: { kind: 'scattering', orientations: 3, scales: 2 },
    grid: [2, 3],
    map: 'distance',
    network: { ...tiny.network, hidden: 10, feedForward: 14, decoderLayers: 2 },
    queries: { ...tiny.queries, classifierWidth: 6 },
  });
  const folder = await mkdtemp(join(tmpdir(), 'mint-devices-'));
  try {
    const cache = featureCacheOf(folder, detector);
    const samples = await cacheFeatures(
      detector,
      cache,
      dataset.samples.filter(({ split }) => split === 'train'),
    );
    const losses: number[] = [];
    let ms = Number.POSITIVE_INFINITY;
    const result = await train(detector, {
      cache,
      samples,
      config: { ...CONFIG, epochs },
      onStep: (step) => {
        losses.push(step.loss);
        ms = Math.min(ms, step.ms);
      },
    });
    const weights = Object.values(result.detector.toState().network).flatMap(({ data }) => Array.from(data));
    result.detector.dispose();
    return { losses, weights: Float32Array.from(weights), ms };
  } finally {
    detector.dispose();
    await rm(folder, { recursive: true });
  }
}
