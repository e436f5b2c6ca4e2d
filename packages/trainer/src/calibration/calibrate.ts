import type { Sample } from '@mint/data';
import {
  brightnessOf,
  type Calibration,
  type MintDetector,
  type NormalScores,
  predictBatch,
  ruledScore,
  shortHash,
  thresholdsAt,
} from '@mint/detector';
import { MintError, own } from '@mint/internal';
import { scoredImages } from '../evaluation/scored-image.js';
import { type ExtractOptions, featureBatches } from '../features/feature-batches.js';
import type { FeatureCache } from '../features/feature-cache.js';
import type { NamedImage } from './assert-unseen.js';

/** Default false-alarm rate: one good image in twenty. */
export const ALPHA = 0.05;

/** Scores of good images and what else is measured on them. */
export interface ScoredNormals {
  /** Scores by class. */
  readonly scores: NormalScores;
  /** The images that could be read, over all classes. */
  readonly images: readonly NamedImage[];
  /** Evenly sampled map values by class. */
  readonly pixels: Readonly<Record<string, readonly number[]>>;
}

/** What is looked at in maps, by class. */
export type MapRules = Pick<
  Calibration,
  'sizeRules' | 'regionsOfInterest' | 'outsideFeatures' | 'outsidePixels'
>;

/** Options of {@link scoreNormals}. */
export interface ScoreNormalsOptions extends ExtractOptions {
  /** The smallest defect that counts, by class. Default: as in the detector's calibration. */
  readonly sizeRules?: Calibration['sizeRules'];
  /** Scores only images with one of these short hashes; see `shortHash` of `@mint/detector`. Default: all. */
  readonly only?: ReadonlySet<string> | undefined;
}

/**
 * Scores good images that the detector was not trained on, each in the class it shows.
 *
 * See the example of {@link calibrate}.
 *
 * @throws MintError `EMPTY_DATASET` when none can be read.
 */
export async function scoreNormals(
  detector: MintDetector,
  cache: FeatureCache,
  images: readonly Sample[],
  { only, sizeRules = detector.calibration?.sizeRules ?? {}, ...options }: ScoreNormalsOptions = {},
): Promise<ScoredNormals> {
  const scores = new Map<string, number[]>();
  const maxima = new Map<string, number[]>();
  const oodScores = new Map<string, number[]>();
  const brightness = new Map<string, number[]>();
  const pixels = new Map<string, number[]>();
  const sizedPeaks = new Map<string, number[]>();
  const scored: NamedImage[] = [];
  for await (const batch of featureBatches(detector, cache, images, options)) {
    const classes = batch.samples.map(({ className }) => className);
    const predictions = await predictBatch(detector, batch, classes);
    for (const { sample, prediction, image, contentHash } of scoredImages(batch, predictions)) {
      const { id, className, classIndex } = sample;
      if (only !== undefined && !only.has(shortHash(contentHash))) continue;
      scored.push({ name: id, contentHash });
      listOf(scores, className).push(prediction.score);
      listOf(maxima, className).push(prediction.anomalyMap.reduce((a, b) => Math.max(a, b)));
      const oodScore = prediction.oodScores?.[classIndex];
      if (oodScore !== undefined) listOf(oodScores, className).push(oodScore);
      listOf(brightness, className).push(brightnessOf(image.data));
      listOf(pixels, className).push(...sampled(prediction.anomalyMap));
      const rule = own(sizeRules, className);
      if (rule !== undefined) listOf(sizedPeaks, className).push(ruledScore(rule, prediction));
    }
  }
  if (scores.size === 0) {
    throw new MintError('EMPTY_DATASET', 'calibrate: there is no good image outside the training set.');
  }
  return {
    scores: {
      normalScores: Object.fromEntries(scores),
      normalMaxima: Object.fromEntries(maxima),
      normalOodScores: oodScores.size === 0 ? undefined : Object.fromEntries(oodScores),
      normalBrightness: Object.fromEntries(brightness),
      normalSizedPeaks: sizedPeaks.size === 0 ? undefined : Object.fromEntries(sizedPeaks),
    },
    images: scored,
    pixels: Object.fromEntries(pixels),
  };
}

/**
 * Thresholds of each class at the false-alarm rate `alpha`, and the colour scales of heat maps, for each class and for all
 * together. A scale starts at the median of normal pixels, which is drawn clear, and ends at `HEADROOM` times the distance
 * from there to the pixel threshold (our decision): the threshold has the same colour in each class, and there is room for degrees
 * above it. Without a threshold the highest normal pixel stands in for it.
 *
 * See the example of {@link calibrate}.
 *
 * @param alpha - False-alarm rate in (0, 1). @defaultValue 0.05
 * @throws MintError `INVALID_ARGUMENT` for an `alpha` outside (0, 1), or a review rate that is not above it.
 */
export function calibrationOf(
  { scores, pixels }: ScoredNormals,
  alpha = ALPHA,
  {
    reviewAlpha,
    sizeRules,
    regionsOfInterest,
    outsideFeatures,
    outsidePixels,
    leftOut,
  }: Pick<Calibration, 'reviewAlpha' | 'leftOut'> & MapRules = {},
): Calibration {
  const thresholds = thresholdsAt(scores, alpha, reviewAlpha);
  const limitOf = (name: string) =>
    own(thresholds, name)?.pixel ?? highest(own(scores.normalMaxima, name) ?? []);
  return {
    alpha,
    reviewAlpha,
    sizeRules,
    regionsOfInterest,
    outsideFeatures,
    outsidePixels,
    leftOut,
    thresholds,
    heatScales: Object.fromEntries(
      Object.entries(pixels).map(([name, values]) => [name, heatScale(values, limitOf(name))]),
    ),
    heatScale: heatScale(Object.values(pixels).flat(), highest(Object.keys(pixels).map(limitOf))),
    ...scores,
  };
}

/** Colours reach as far above the pixel threshold as the threshold is above the median of normal pixels, times this less one. */
const HEADROOM = 2;

/**
 * Scores held-out good images of the training set and sets thresholds and colour scales by them: {@link scoreNormals}, then
 * {@link calibrationOf}.
 *
 * @throws MintError those of both.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { calibrate, calibrationOf, featureCacheOf, PRESETS, scoreNormals } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const { samples, classes } = proceduralDataset({ trainPerClass: 8, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const { network } = PRESETS.quick;
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8], network });
 * const cache = featureCacheOf('feature-cache', detector);
 * const normals = samples.filter(({ split }) => split === 'train');
 *
 * const { thresholds } = await calibrate(detector, cache, normals, 0.2); // on images that the detector was not trained on
 * console.log(Object.keys(thresholds)); // [ 'capsule', 'gear', 'leather', 'weave' ]
 * const scored = await scoreNormals(detector, cache, normals); // the same in two steps, to try several rates
 * // 8 images per class are too few for 10 %
 * console.log(Object.keys(calibrationOf(scored, 0.1).thresholds)); // []
 * ```
 */
export async function calibrate(
  detector: MintDetector,
  cache: FeatureCache,
  heldOut: readonly Sample[],
  alpha = ALPHA,
): Promise<Calibration> {
  return calibrationOf(await scoreNormals(detector, cache, heldOut), alpha);
}

/** Maps are smooth: every 97th pixel (a prime, so no column repeats), or 4,099 of a large map, give the same quantiles. */
function sampled(map: Float32Array): Float32Array {
  const step = Math.max(97, map.length / 4099);
  // Outside of a region of interest there is no value.
  return Float32Array.from(
    { length: Math.ceil(map.length / step) },
    (_, i) => map[Math.floor(i * step)] as number,
  ).filter(Number.isFinite);
}

function heatScale(pixels: readonly number[], limit: number): [number, number] {
  const sorted = pixels.toSorted((a, b) => a - b);
  // No pixel is sampled in a region of interest of a few pixels.
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return [low, low + HEADROOM * Math.max(limit - low, 1e-6)];
}

const highest = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

function listOf(lists: Map<string, number[]>, key: string): number[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
