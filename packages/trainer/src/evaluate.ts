import { createRequire } from 'node:module';
import { type Dataset, describePreprocessing, type Mask, type Sample } from '@mint/data';
import { type MintDetector, type Prediction, setOf } from '@mint/detector';
import type { MintError } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import { type ClassMetrics, evaluateClasses, type PictureResult } from '@mint/metrics';
import * as tf from '@tensorflow/tfjs-core';
import { type Decisions, decisionsOf } from './decisions.js';
import type { FeatureCache } from './feature-cache.js';
import { backboneHash, type FeatureBatch, featureBatches, preprocessingOf } from './features.js';

/** How numbers came about; two tables with different manifests may differ for that reason alone. */
export type Protocol = Readonly<Record<string, string | number | readonly string[]>>;

/** Content of `metrics.json`; values from 0 to 1, a key is absent where the metric is not defined. */
export interface MetricsFile {
  readonly protocol: Protocol;
  readonly perClass: Readonly<Record<string, ClassMetrics>>;
  readonly classMean: Partial<ClassMetrics>;
  readonly pooled: ClassMetrics;
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
  readonly onProgress?: (done: number) => void;
  readonly onError?: (error: MintError, sample: Sample) => void;
  /** Sees every picture with its prediction, in order. */
  readonly onPicture?: (picture: ScoredPicture) => void;
}

/** Scores the test pictures of a dataset and computes all metrics, per class, class mean and pooled. */
export async function evaluate(detector: MintDetector, options: EvaluateOptions): Promise<MetricsFile> {
  const { cache, dataset, onProgress, onError, onPicture } = options;
  const { width, height } = detector.config.input;
  const samples = dataset.samples.filter(({ split }) => split === 'test');
  const results: PictureResult[] = [];
  const hashes: string[] = [];
  const judged: Pick<ScoredPicture, 'prediction' | 'sample'>[] = [];
  const stream = featureBatches(detector, cache, samples, {
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onError === undefined ? {} : { onError }),
  });
  for await (const batch of stream) {
    const predictions = await predictBatch(detector, batch);
    batch.samples.forEach((sample, i) => {
      const prediction = predictions[i];
      if (prediction === undefined) return;
      const mask = batch.masks[i];
      const contentHash = batch.hashes[i] ?? '';
      hashes.push(contentHash);
      judged.push({ sample, prediction });
      results.push({
        className: sample.className,
        score: prediction.score,
        anomalous: sample.label === 'anomalous',
        map: prediction.anomalyMap,
        size: { width, height },
        ...(mask === undefined ? {} : { mask: mask.data }),
      });
      const bytes = width * height * 3;
      onPicture?.({
        sample,
        prediction,
        image: batch.images.subarray(i * bytes, (i + 1) * bytes),
        ...(mask === undefined ? {} : { mask }),
        contentHash,
      });
    });
  }
  const { calibration } = detector;
  return {
    protocol: protocolOf(detector, options, hashes),
    ...evaluateClasses(results),
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

function protocolOf(
  detector: MintDetector,
  { dataset, backend, seed, classGiven }: EvaluateOptions,
  hashes: string[],
): Protocol {
  const { config, backbone, network, pictures, calibration } = detector.toState();
  const seen = pictures === undefined ? [] : hashes.map((hash) => setOf(pictures, hash));
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return {
    dataset: dataset.name,
    classes: dataset.classes,
    model: config.model,
    resize: describePreprocessing(preprocessingOf(config)),
    evaluationSize: `${config.input.width}x${config.input.height}`,
    mapUpsampling: 'bilinear, aligned corners',
    maskRule: 'pixel > 0, nearest',
    scoreReduction: config.score,
    auProFprLimit: 0.3,
    auProConnectivity: 8,
    // The network is never told the class: it is used to group pictures and, where given, to choose limits.
    labelRegime: classGiven ? 'given' : config.model === 'uniad' ? 'absent' : 'predicted',
    ...(calibration === undefined ? {} : { alpha: calibration.alpha }),
    // Not 0: test pictures the model learned or was calibrated on; the numbers flatter it.
    ...(pictures === undefined
      ? {}
      : { testPicturesSeenBefore: seen.filter((set) => set === 'fit' || set === 'heldOut').length }),
    splitHash: sha256(...[...hashes].sort()),
    weightsHash: backboneHash({ ...backbone, ...network }),
    seed,
    backend,
    version,
  };
}
