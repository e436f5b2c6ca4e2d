import { type Dataset, type Sample, splitHoldout } from '@mint/data';
import type { TrainConfig } from '../config/train-config.js';
import type { VariantOptions } from '../features/feature-batches.js';

/** The good training images of a data set, by what they are used for. */
export interface GoodImages {
  /** Trained on. */
  readonly fit: readonly Sample[];
  /** Choose the epoch whose weights the detector gets; none without `TrainConfig.validation`. */
  readonly validation: readonly Sample[];
  /** Held out for the thresholds. */
  readonly heldOut: readonly Sample[];
}

/** Images whose features a training or its evaluation needs together. */
export interface FeatureStage {
  /** What they are for. */
  readonly name: keyof GoodImages | 'test';
  /** The images, in the order in which they are read. */
  readonly samples: readonly Sample[];
  /** What else is made of each of them. */
  readonly variants: VariantOptions;
}

/**
 * The images that choose the epoch are not among those that fix the thresholds: these must have chosen nothing. A class that
 * comes with validation images has its thresholds from them, and learns all its training images.
 */
export function splitGoodImages(
  { samples }: Dataset,
  { holdout: share, validation, seed }: TrainConfig,
): GoodImages {
  const good = samples.filter(({ label }) => label === 'normal');
  const given = good.filter(({ split }) => split === 'validation');
  const validated = new Set(given.map(({ className }) => className));
  const train = good.filter(({ split }) => split === 'train');
  const { holdout, ...rest } = splitHoldout(
    train.filter(({ className }) => !validated.has(className)),
    share,
    seed,
  );
  const kept = new Set(rest.fit);
  const learned = train.filter((sample) => validated.has(sample.className) || kept.has(sample));
  const { fit, holdout: judged } = splitHoldout(learned, validation?.share ?? 0, seed);
  return { fit, validation: judged, heldOut: [...holdout, ...given] };
}

/**
 * Everything whose features `trainDetector` and `evaluate` ask the cache for, stage by stage: where all of it is in the cache, they
 * compute no features.
 *
 * @example
 * ```ts
 * import { proceduralDataset } from '@mint/data';
 * import { featureStages, PRESETS } from '@mint/trainer';
 *
 * const dataset = proceduralDataset({ trainPerClass: 8, size: 64 });
 * const stages = featureStages(dataset, { ...PRESETS.quick.train, holdout: 0.5, seed: 0 });
 * console.log(stages.map(({ name, samples }) => `${name} ${samples.length}`));
 * // [ 'fit 16', 'validation 0', 'heldOut 16', 'test 124' ]
 * ```
 */
export function featureStages(dataset: Dataset, train: TrainConfig): FeatureStage[] {
  const { fit, validation, heldOut } = splitGoodImages(dataset, train);
  const { augment, seed } = train;
  return [
    { name: 'fit', samples: fit, variants: { augment, seed } },
    {
      name: 'validation',
      samples: validation,
      variants: { syntheticAnomalies: train.validation?.copies, seed },
    },
    { name: 'heldOut', samples: heldOut, variants: {} },
    { name: 'test', samples: dataset.samples.filter(({ split }) => split === 'test'), variants: {} },
  ];
}
