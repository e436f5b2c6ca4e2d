import { type Dataset, type Mask, type RgbImage, readSample, resizeMask, type Sample } from '@mint/data';
import type { MintDetector, Prediction } from '@mint/detector';
import type { MintError } from '@mint/internal';
import { type AggregateMetrics, type ClassMetrics, evaluateClasses, type ImageResult } from '@mint/metrics';
import { featureBatches } from '../features/feature-batches.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { predictBatch } from '../predict-image.js';
import { type Decisions, decisionsOf, type Judged } from './decisions.js';
import { FullSizePixels } from './full-size-pixels.js';
import { labelRegimeOf, type Protocol, protocolOf } from './protocol.js';
import { applyProtocol, assertFits, EVALUATION_PROTOCOLS, type EvaluationProtocolName } from './protocols.js';

/** Content of `metrics.json`; values from 0 to 1, a key is absent where the metric is not defined. */
export interface MetricsFile {
  /** How the numbers came about. */
  readonly protocol: Protocol;
  /** Metrics of each class. */
  readonly perClass: Readonly<Record<string, ClassMetrics>>;
  /** Mean over the classes. */
  readonly classMean: AggregateMetrics;
  /** All images under one threshold. */
  readonly pooled: ClassMetrics;
  /** AUPRO up to the second limit of a protocol that has two, by class. */
  readonly auProAtSecondLimit?: Readonly<Record<string, number>>;
  /** Present when the detector has alarm limits. */
  readonly decisions?: Decisions;
}

/** One scored test image. */
export interface ScoredImage {
  /** What was scored. */
  readonly sample: Sample;
  /** What the detector said about it. */
  readonly prediction: Prediction;
  /** The image that the map lies on, of its size: at input size, or as it was taken where it was cut into tiles. */
  readonly image: RgbImage;
  /** Of the same size; absent where there is none. */
  readonly mask?: Mask;
  /** SHA-256 of the image. */
  readonly contentHash: string;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /** From `featureCacheOf`; missing features are computed and stored. */
  readonly cache: FeatureCache;
  /** Its test images are scored. */
  readonly dataset: Dataset;
  /** Name of the tfjs backend, for the manifest. */
  readonly backend: string;
  /** Seed of the bootstrap draws; stands in the manifest. */
  readonly seed: number;
  /**
   * Takes the limits of the class an image shows, as on a line that knows its products, and scores it as that class where it
   * is an added one. @defaultValue false
   */
  readonly classGiven?: boolean;
  /** Conventions by which maps become numbers. @defaultValue 'own' */
  readonly protocol?: EvaluationProtocolName;
  /** Bootstrap draws behind the 95 % intervals; 0 leaves intervals out. @defaultValue 1000 */
  readonly replicates?: number;
  /** Called with the number of images done so far. */
  readonly onProgress?: (done: number) => void;
  /** An image that cannot be read is reported here and left out. Default: its error is thrown. */
  readonly onError?: (error: MintError, sample: Sample) => void;
  /** Sees every image with its prediction, in order. */
  readonly onImage?: (image: ScoredImage) => void;
}

/**
 * Scores the test images of a dataset and computes all metrics, per class, class mean and pooled, with 95 % intervals.
 *
 * @throws MintError `INVALID_ARGUMENT` when the model does not fit `protocol`.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { evaluate, featureCacheOf, PRESETS } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const dataset = proceduralDataset({ trainPerClass: 1, testGoodPerClass: 2, defectsPerClass: 1, size: 64 });
 * const { classes } = dataset;
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const { network } = PRESETS.quick;
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8], network });
 * const cache = featureCacheOf('feature-cache', detector);
 * const { perClass, pooled } = await evaluate(detector, { cache, dataset, backend: 'onnx', seed: 0, replicates: 0 });
 * console.log(Object.keys(perClass), pooled.normal, pooled.anomalous, pooled.imageAuroc !== undefined);
 * // [ 'capsule', 'gear', 'leather', 'weave' ] 8 16 true
 * ```
 */
export async function evaluate(detector: MintDetector, options: EvaluateOptions): Promise<MetricsFile> {
  const { cache, dataset, onProgress, onError, onImage, seed, replicates = 1000 } = options;
  const name = options.protocol ?? 'own';
  assertFits(name, detector.config);
  const protocol = EVALUATION_PROTOCOLS[name];
  // Maps of large images are many and of many sizes: their pixels are counted as they come.
  const countsAsTaken =
    protocol.size === 'image' || (protocol.size === 'input' && detector.config.input.tiles !== undefined);
  const samples = dataset.samples.filter(({ split }) => split === 'test');
  // Of other classes no metric counts pixels: their maps are not kept.
  const withMasks = new Set(samples.filter(mayHaveMask).map(({ className }) => className));
  const results: ImageResult[] = [];
  const asTaken = new FullSizePixels(protocol.auProFprLimits);
  const hashes: string[] = [];
  const judged: Judged[] = [];
  const stream = featureBatches(detector, cache, samples, {
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onError === undefined ? {} : { onError }),
  });
  for await (const batch of stream) {
    const given = options.classGiven ? batch.samples.map(({ className }) => className) : undefined;
    const predictions = await predictBatch(detector, batch, given);
    for (const [i, sample] of batch.samples.entries()) {
      const prediction = predictions[i];
      if (prediction === undefined) continue;
      const mask = batch.masks[i];
      const contentHash = batch.hashes[i] ?? '';
      hashes.push(contentHash);
      const { anomalyMap: _, ...verdict } = prediction;
      judged.push({ sample, prediction: verdict });
      const [, height, width] = batch.shape;
      const bytes = width * height * 3;
      const image = { width, height, data: batch.images.subarray(i * bytes, (i + 1) * bytes) };
      const taken =
        protocol.size === 'image' && batch.grid === undefined ? await readSample(sample) : { image, mask };
      const { map, size, score } = applyProtocol(protocol, prediction, taken.image);
      const { className, label } = sample;
      const result = { className, score, anomalous: label === 'anomalous' };
      if (countsAsTaken) {
        results.push(result);
        asTaken.add(sample, map, size, taken.mask?.data);
      } else if (!withMasks.has(className)) {
        results.push(result);
      } else {
        const resized = mask && resizeMask(mask, size.width, size.height).data;
        results.push({ ...result, map, size, ...(resized === undefined ? {} : { mask: resized }) });
      }
      onImage?.({
        sample,
        prediction,
        image,
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
    ...(countsAsTaken ? asTaken.addTo(metrics) : metrics),
    ...(calibration === undefined
      ? {}
      : { decisions: decisionsOf(judged, calibration, detector.config.classes, options.classGiven) }),
  };
}

/** An image made by a recipe tells only when it is made. */
const mayHaveMask = ({ maskPath, render }: Sample): boolean => maskPath !== undefined || render !== undefined;
