import type { Sample } from '@mint/data';
import { type MintDetector, predictBatch } from '@mint/detector';
import type { MintError } from '@mint/internal';
import type { AggregateMetrics, ClassMetrics } from '@mint/metrics';
import { featureBatches } from '../features/feature-batches.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { countDecisions, type Decided, type Decisions, decidedImage } from './decisions.js';
import { type EvaluationConditions, labelRegimeOf, type Protocol, protocolOf } from './protocol.js';
import { assertFits, PROTOCOLS } from './protocols.js';
import { type ScoredImage, scoredImages } from './scored-image.js';
import { TestResults } from './test-results.js';

/** Content of `metrics.json`; values from 0 to 1, a key is absent where the metric is not defined. */
export interface MetricsFile {
  /** How the numbers were computed. */
  readonly protocol: Protocol;
  /** Metrics of each class. */
  readonly perClass: Readonly<Record<string, ClassMetrics>>;
  /** Mean over the classes. */
  readonly classMean: AggregateMetrics;
  /** All images under one threshold. */
  readonly pooled: ClassMetrics;
  /** AUPRO up to the second limit of a protocol that has two, by class. */
  readonly auProAtSecondLimit?: Readonly<Record<string, number>> | undefined;
  /** Present when the detector has thresholds. */
  readonly decisions?: Decisions | undefined;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends EvaluationConditions {
  /** From `featureCacheOf`; missing features are computed and stored. */
  readonly cache: FeatureCache;
  /** Called with the number of images done so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** An image that cannot be read is reported here and left out. Default: its error is thrown. */
  readonly onError?: ((error: MintError, sample: Sample) => void) | undefined;
  /** Called with each image and its prediction, in order. */
  readonly onImage?: ((image: ScoredImage) => void) | undefined;
}

/**
 * Scores the test images of a data set and computes all metrics, per class, class mean and pooled, with 95 % intervals.
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
  const { cache, dataset, onProgress, onError, onImage, classGiven = false } = options;
  const { seed, replicates = 1000, protocol: name = 'own' } = options;
  const { calibration, config } = detector;
  assertFits(name, config);
  const samples = dataset.samples.filter(({ split }) => split === 'test');
  const results = new TestResults(PROTOCOLS[name], config, samples);
  const hashes: string[] = [];
  const decided: Decided[] = [];
  for await (const batch of featureBatches(detector, cache, samples, { onProgress, onError })) {
    const given = classGiven ? batch.samples.map(({ className }) => className) : undefined;
    const predictions = await predictBatch(detector, batch, given);
    for (const scored of scoredImages(batch, predictions)) {
      hashes.push(scored.contentHash);
      if (calibration !== undefined)
        decided.push(decidedImage(scored, calibration, config.classes, classGiven));
      await results.add(scored, batch.grid !== undefined);
      onImage?.(scored);
    }
  }
  const metrics = results.metrics({
    labelRegime: labelRegimeOf(config, classGiven),
    intervals: replicates === 0 ? undefined : { seed, replicates },
  });
  return {
    protocol: protocolOf(detector, options, hashes),
    ...metrics,
    decisions: calibration && countDecisions(decided, calibration),
  };
}
