import { flags, type StudyData, setting } from '@examples/shared';
import type { Dataset, Sample } from '@mint/data';
import type { DetectorConfig, MintDetector } from '@mint/detector';
import { auroc } from '@mint/metrics';
import { featureBatches, featureCacheOf, loadBackbone, trainDetector } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { BY_PLACE, study } from './config.js';

/** Image AUROC by class. */
export type Aurocs = Readonly<Record<string, number>>;

/** A trained model, and how many suspects it left out. */
export interface Trained {
  readonly detector: MintDetector;
  readonly suspects: readonly string[];
}

const loaded = loadBackbone(flags.weights, study.backbone);

/** Trains a model without a network on the given good images; without `alpha` it gets no thresholds, and none is held out. */
export async function trained(
  model: 'gaussian' | 'memory',
  { dataset }: StudyData,
  samples: readonly Sample[],
  seed: number,
  { alpha }: { readonly alpha?: number } = {},
): Promise<Trained> {
  const { backbone, weights } = await loaded;
  const { detector: config, train } = setting(model, { ...BY_PLACE, model });
  const detector: DetectorConfig = { ...config, classes: dataset.classes, backbone, seed };
  const of: Dataset = { ...dataset, samples };
  const result = await trainDetector({
    dataset: of,
    detector,
    weights,
    train: { ...train, holdout: alpha === undefined ? 0 : train.holdout, seed },
    alpha,
    cache: flags.cache,
  });
  return { detector: result.detector, suspects: result.suspects.map(({ sample }) => sample.id) };
}

/** Image scores by the names of the images. @param added - An added class that all of them show. */
export async function scoresOf(
  detector: MintDetector,
  samples: readonly Sample[],
  added?: string,
): Promise<Map<string, number>> {
  const scores = new Map<string, number>();
  const cache = featureCacheOf(flags.cache, detector);
  for await (const { features, samples: shown } of featureBatches(detector, cache, samples)) {
    const grid = tf.tensor4d(features, [shown.length, ...detector.config.grid, detector.channels]);
    const { map, score, posterior } = detector.score(grid, added);
    const values = await score.data();
    tf.dispose([grid, map, score, ...(posterior === undefined ? [] : [posterior])]);
    shown.forEach(({ id }, i) => {
      scores.set(id, values[i] ?? Number.NaN);
    });
  }
  return scores;
}

export function aurocs(samples: readonly Sample[], scores: ReadonlyMap<string, number>): Aurocs {
  const names = [...new Set(samples.map(({ className }) => className))];
  return Object.fromEntries(
    names.map((name) => {
      const own = samples.filter(({ className }) => className === name);
      const values = own.map(({ id }) => scores.get(id) ?? Number.NaN);
      return [
        name,
        auroc(
          values,
          own.map(({ label }) => (label === 'anomalous' ? 1 : 0)),
        ),
      ];
    }),
  );
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
