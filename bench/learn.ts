import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, splitHoldout } from '@mint/data';
import { type DetectorConfig, MintDetector, PAPER_CONFIG } from '@mint/detector';
import { cacheFeatures, evaluate, featureCacheOf, PRESETS, type TrainConfig, train } from '@mint/trainer';

const BATCH = 8;

export interface Trial {
  readonly name: string;
  readonly dataset: Dataset;
  readonly seed: number;
  /** Optimiser steps, rounded to whole epochs. */
  readonly steps: number;
  readonly tiles?: 'auto' | undefined;
  readonly augment?: TrainConfig['augment'];
}

/**
 * Trains the network of `mint quickstart` (scattering, onnx), evaluates it on the test images and prints a line. The number of
 * epochs follows from the number of training samples, which shows when their features are cached.
 */
export async function learnAndEvaluate({
  name,
  dataset,
  seed,
  steps: wanted,
  tiles,
  augment,
}: Trial): Promise<void> {
  const began = performance.now();
  const { train: settings, ...preset } = PRESETS.quick;
  const config: DetectorConfig = {
    ...PAPER_CONFIG,
    ...preset,
    classes: dataset.classes,
    input: { ...PAPER_CONFIG.input, tiles },
    backbone: { kind: 'scattering' },
    seed,
  };
  const blank = MintDetector.create(config);
  const folder = await mkdtemp(join(tmpdir(), 'mint-learn-'));
  try {
    const cache = featureCacheOf(folder, blank);
    const { fit } = splitHoldout(
      dataset.samples.filter(({ split }) => split === 'train'),
      settings.holdout,
      seed,
    );
    const samples = await cacheFeatures(blank, cache, fit, { augment, seed });
    const epochs = Math.max(1, Math.round(wanted / Math.floor(samples.length / BATCH)));
    const { detector, steps } = await train(blank, {
      cache,
      samples,
      config: { ...settings, epochs, batchSize: BATCH, seed },
    });
    const { perClass, classMean, pooled } = await evaluate(detector, {
      cache,
      dataset,
      backend: 'onnx',
      seed,
      replicates: 0,
    });
    detector.dispose();
    const digits = (value: number | undefined) => value?.toFixed(3) ?? '–';
    const byClass = Object.entries(perClass).map(([of, { imageAuroc }]) => `${of} ${digits(imageAuroc)}`);
    console.log(
      `seed ${seed}, ${name}: ${fit.length} images, ${samples.length} training samples, ${steps} steps; ` +
        `image AUROC mean ${digits(classMean.imageAuroc)} (${byClass.join(', ')}), pooled ${digits(pooled.imageAuroc)}; ` +
        `pixel AUROC ${digits(classMean.pixelAuroc)}, AUPRO ${digits(classMean.auPro)}; ` +
        `${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
  } finally {
    blank.dispose();
    await rm(folder, { recursive: true });
  }
}
