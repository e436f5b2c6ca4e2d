import { type Dataset, type Mask, readSample, resizeMask, type Sample } from '@mint/data';
import type { MintDetector, Prediction } from '@mint/detector';
import type { MintError } from '@mint/internal';
import { type AggregateMetrics, type ClassMetrics, evaluateClasses, type PictureResult } from '@mint/metrics';
import * as tf from '@tensorflow/tfjs-core';
import { type Decisions, decisionsOf } from './decisions.js';
import {
  applyProtocol,
  assertFits,
  EVALUATION_PROTOCOLS,
  type EvaluationProtocol,
  type EvaluationProtocolName,
} from './evaluation-protocol.js';
import type { FeatureCache } from './feature-cache.js';
import { type FeatureBatch, featureBatches } from './features.js';
import { FullSizePixels } from './full-size-pixels.js';
import { labelRegimeOf, type Protocol, protocolOf } from './manifest.js';

/** Content of `metrics.json`; values from 0 to 1, a key is absent where the metric is not defined. */
export interface MetricsFile {
  readonly protocol: Protocol;
  readonly perClass: Readonly<Record<string, ClassMetrics>>;
  readonly classMean: AggregateMetrics;
  readonly pooled: ClassMetrics;
  /** AUPRO up to the second limit of a protocol that has two, by class. */
  readonly auProAtSecondLimit?: Readonly<Record<string, number>>;
  /** Present when the detector has alarm limits. */
  readonly decisions?: Decisions;
}

/** One scored test picture. */
export interface ScoredPicture {
  readonly sample: Sample;
  readonly prediction: Prediction;
  /** RGB at input size, for overlays. */
  readonly image: Uint8Array;
  /** At input size; absent where there is none. */
  readonly mask?: Mask;
  /** SHA-256 of the picture. */
  readonly contentHash: string;
}

export interface EvaluateOptions {
  readonly cache: FeatureCache;
  readonly dataset: Dataset;
  /** Name of the tfjs backend, for the manifest. */
  readonly backend: string;
  readonly seed: number;
  /** Takes the limits of the class a picture shows, as on a line that knows its products. @defaultValue false */
  readonly classGiven?: boolean;
  /** @defaultValue 'own' */
  readonly protocol?: EvaluationProtocolName;
  /** Bootstrap draws behind the 95 % intervals; 0 leaves intervals out. @defaultValue 1000 */
  readonly replicates?: number;
  readonly onProgress?: (done: number) => void;
  readonly onError?: (error: MintError, sample: Sample) => void;
  /** Sees every picture with its prediction, in order. */
  readonly onPicture?: (picture: ScoredPicture) => void;
}

/**
 * Scores the test pictures of a dataset and computes all metrics, per class, class mean and pooled, with 95 % intervals.
 *
 * @throws MintError `INVALID_ARGUMENT` when the model does not fit `protocol`, or pictures of a class differ in size
 * where the protocol judges them as taken.
 */
export async function evaluate(detector: MintDetector, options: EvaluateOptions): Promise<MetricsFile> {
  const { cache, dataset, onProgress, onError, onPicture, seed, replicates = 1000 } = options;
  const name = options.protocol ?? 'own';
  assertFits(name, detector.config);
  const protocol: EvaluationProtocol = EVALUATION_PROTOCOLS[name];
  const input = detector.config.input;
  const samples = dataset.samples.filter(({ split }) => split === 'test');
  const results: PictureResult[] = [];
  const asTaken = new FullSizePixels(protocol.auProFprLimits);
  const hashes: string[] = [];
  const judged: Pick<ScoredPicture, 'prediction' | 'sample'>[] = [];
  const stream = featureBatches(detector, cache, samples, {
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onError === undefined ? {} : { onError }),
  });
  for await (const batch of stream) {
    const predictions = await predictBatch(detector, batch);
    for (const [i, sample] of batch.samples.entries()) {
      const prediction = predictions[i];
      if (prediction === undefined) continue;
      const mask = batch.masks[i];
      const contentHash = batch.hashes[i] ?? '';
      hashes.push(contentHash);
      judged.push({ sample, prediction });
      const taken = protocol.size === 'picture' ? await readSample(sample) : undefined;
      const { map, size, score } = applyProtocol(protocol, prediction, input, taken?.image ?? input);
      const { className, label } = sample;
      const result = { className, score, anomalous: label === 'anomalous' };
      if (taken === undefined) {
        const resized = mask && resizeMask(mask, size.width, size.height).data;
        results.push({ ...result, map, size, ...(resized === undefined ? {} : { mask: resized }) });
      } else {
        results.push(result);
        asTaken.add(sample, map, size, taken.mask?.data);
      }
      const bytes = input.width * input.height * 3;
      onPicture?.({
        sample,
        prediction,
        image: batch.images.subarray(i * bytes, (i + 1) * bytes),
        ...(mask === undefined ? {} : { mask }),
        contentHash,
      });
    }
  }
  const { calibration } = detector;
  const metrics = evaluateClasses(results, {
    labelRegime: labelRegimeOf(detector.config, options),
    ...(replicates === 0 ? {} : { intervals: { seed, replicates } }),
  });
  return {
    protocol: protocolOf(detector, options, hashes),
    ...(protocol.size === 'picture' ? asTaken.addTo(metrics) : metrics),
    ...(calibration === undefined
      ? {}
      : { decisions: decisionsOf(judged, calibration, detector.config.classes, options.classGiven) }),
  };
}

/** Predictions for a batch of cached features. */
export async function predictBatch(detector: MintDetector, batch: FeatureBatch): Promise<Prediction[]> {
  const [rows, cols] = detector.config.grid;
  const count = batch.samples.length;
  const features = tf.tensor4d(batch.features, [
    count,
    rows,
    cols,
    batch.features.length / (count * rows * cols),
  ]);
  try {
    return await detector.predictFeatures(features);
  } finally {
    features.dispose();
  }
}
