import { type MintDetector, type Prediction, predictBatch } from '@mint/detector';
import type { FeatureBatch } from '../features/feature-batches.js';

/** What became of the predictions for images when classes were added. */
export interface PredictionChanges {
  /** Images compared. */
  readonly images: number;
  /** Images now recognised as an added class. */
  readonly reassigned: number;
  /** Of all other images, those whose prediction is not the same bit for bit. */
  readonly changed: number;
  /** The same over all images when the class is given: the one recognised before. */
  readonly changedWhenGiven: number;
}

/**
 * Compares the predictions of two detectors bit for bit: maps, scores, classes, probabilities and out-of-distribution scores
 * of the classes that both know.
 *
 * @param before - Its classes are the first of `after`'s.
 * @param batches - As from `featureBatches`.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { comparePredictions, featureBatches, featureCacheOf, PRESETS } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const { samples, classes } = proceduralDataset({ trainPerClass: 8, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const { network } = PRESETS.quick;
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8], network });
 * const cache = featureCacheOf('feature-cache', detector);
 *
 * const after = MintDetector.fromState(detector.toState()); // or with a class added
 * const images = samples.filter(({ split }) => split === 'test');
 * console.log(await comparePredictions(detector, after, featureBatches(detector, cache, images)));
 * // { images: 20, reassigned: 0, changed: 0, changedWhenGiven: 0 }
 * ```
 */
export async function comparePredictions(
  before: MintDetector,
  after: MintDetector,
  batches: AsyncIterable<Pick<FeatureBatch, 'features' | 'grid'>>,
): Promise<PredictionChanges> {
  const count = { images: 0, reassigned: 0, changed: 0, changedWhenGiven: 0 };
  for await (const batch of batches) {
    const old = await predictBatch(before, batch);
    const now = await predictBatch(after, batch);
    const classes = old.map(({ className }) => className);
    const oldGiven = await predictBatch(before, batch, classes);
    const nowGiven = await predictBatch(after, batch, classes);
    count.images += old.length;
    old.forEach((prediction, i) => {
      const { className } = now[i] as Prediction;
      const reassigned = className !== undefined && !before.config.classes.includes(className);
      count.reassigned += Number(reassigned);
      count.changed += Number(!reassigned && !isSame(prediction, now[i] as Prediction));
      count.changedWhenGiven += Number(!isSame(oldGiven[i] as Prediction, nowGiven[i] as Prediction));
    });
  }
  return count;
}

function isSame(old: Prediction, now: Prediction): boolean {
  return (
    Object.is(old.score, now.score) &&
    old.className === now.className &&
    beginsWith(now.anomalyMap, old.anomalyMap) &&
    beginsWith(now.classPosterior, old.classPosterior) &&
    beginsWith(now.oodScores, old.oodScores)
  );
}

/** Whether the bits of `beginning` are the first of `values`. */
function beginsWith(values: Float32Array | undefined, beginning: Float32Array | undefined): boolean {
  if (values === undefined || beginning === undefined) return values === beginning;
  return beginning.every((value, i) => Object.is(value, values[i]));
}
