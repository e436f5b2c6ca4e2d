import { auPimo, PIMO_BOUNDS } from '../pixels/au-pimo.js';
import { pixelMetrics } from '../pixels/pixel-metrics.js';
import { imageMetrics } from '../scores/image-metrics.js';
import { aurocInterval, type Interval } from '../statistics/delong.js';
import {
  classesWithMasks,
  groupByClass,
  type ImageResult,
  imageSamples,
  type PixelStack,
  stackPixels,
} from './image-result.js';
import { type MetricName, type MetricValues, meanOf } from './metric-values.js';
import { type Draws, drawnIntervals, type ResampleOptions, resampleClasses } from './resample.js';

/**
 * Where the class that a detector works with came from while it was tested: it was told (`given`), it decided itself
 * (`predicted`), or it uses none (`absent`). Numbers of different regimes must not stand in one column.
 */
export type LabelRegime = 'given' | 'predicted' | 'absent';

/** Metrics with what is needed to read them. */
export interface AggregateMetrics extends MetricValues {
  /** As given in the options. */
  readonly labelRegime?: LabelRegime;
  /** 95 % interval of each metric that has one; with the option `intervals`. */
  readonly intervals?: Readonly<Partial<Record<MetricName, Interval>>>;
}

/** Metrics of one class, or of all classes pooled. */
export interface ClassMetrics extends AggregateMetrics {
  /** Number of normal images. */
  readonly normal: number;
  /** Number of anomalous images. */
  readonly anomalous: number;
}

/** What {@link evaluateClasses} gives: the content of a run's `metrics.json`. */
export interface EvaluationMetrics {
  /** By class name, in the order in which classes come up. */
  readonly perClass: Record<string, ClassMetrics>;
  /** Arithmetic mean over the classes that have the metric. */
  readonly classMean: AggregateMetrics;
  /** One threshold for everything: all images, or all their pixels, taken together. */
  readonly pooled: ClassMetrics;
}

/** Options of {@link evaluateClasses}. */
export interface EvaluationOptions {
  /** Goes with every aggregate. */
  readonly labelRegime?: LabelRegime;
  /** Adds 95 % intervals. */
  readonly intervals?: ResampleOptions;
}

/**
 * Metrics per class, their mean over classes, and pooled over all classes.
 *
 * Image metrics need both kinds of images. Pixel metrics use normal images (their mask is empty) and anomalous
 * images with a mask, of classes that have at least one mask; anomalous images without a mask are left out of them,
 * and so is every image without a map.
 *
 * Intervals cover the choice of test images, not the training: `imageAuroc` of a class and pooled by DeLong's method
 * ({@link aurocInterval}), all else by the percentile bootstrap over images, in which pixels stay with their image. With
 * 20 normal and 20 anomalous images it holds the true value in about 90 of 100 draws, with more images nearer to 95.
 * A bootstrap interval of a metric that is 1 in nearly every draw is narrow, and no proof; look at the number of images.
 *
 * @param images - Test images of all classes.
 * @param options - Label regime and intervals.
 * @throws MintError `SHAPE_MISMATCH` when maps, masks and sizes do not fit; `MASK_MISMATCH` when a normal image's mask is
 * not empty; `INVALID_ARGUMENT` for a NaN score, another mask value, or options of intervals out of range.
 *
 * @example
 * ```ts
 * import { evaluateClasses } from '@mint/metrics';
 *
 * const image = (className: string, score: number, anomalous = false) => ({ className, score, anomalous });
 * const { perClass, classMean, pooled } = evaluateClasses([
 *   image('nut', 0.2),
 *   image('nut', 0.4, true),
 *   image('bolt', 0.5),
 *   image('bolt', 0.8, true),
 * ]);
 * console.log(perClass.nut?.imageAuroc, classMean.imageAuroc); // 1 1
 * console.log(pooled.imageAuroc, pooled.pixelAuroc); // 0.75 undefined
 * ```
 */
export function evaluateClasses(
  images: readonly ImageResult[],
  { labelRegime, intervals: resampling }: EvaluationOptions = {},
): EvaluationMetrics {
  const regime = labelRegime === undefined ? {} : { labelRegime };
  const perClass = [...groupByClass(images)].map(([className, group]) => ({
    className,
    group,
    metrics: { ...metricsOf(group), ...regime } as ClassMetrics,
  }));
  const classMean = { ...meanOf(perClass.map(({ metrics }) => metrics)), ...regime };
  const withMasks = classesWithMasks(images);
  const pooled = { ...metricsOf(images, ({ className }) => withMasks.has(className)), ...regime };
  const named = (of: (entry: (typeof perClass)[number], i: number) => ClassMetrics) =>
    Object.fromEntries(perClass.map((entry, i) => [entry.className, of(entry, i)]));
  if (resampling === undefined) return { perClass: named(({ metrics }) => metrics), classMean, pooled };
  const draws = resampleClasses(images, resampling);
  const withIntervals = (metrics: ClassMetrics, drawn: Draws, group: readonly ImageResult[]) => ({
    ...metrics,
    intervals: { ...drawnIntervals(drawn, metrics), ...delong(group) },
  });
  return {
    perClass: named(({ metrics, group }, i) => withIntervals(metrics, draws.perClass[i] as Draws, group)),
    classMean: { ...classMean, intervals: drawnIntervals(draws.classMean, classMean) },
    pooled: withIntervals(pooled, draws.pooled, images),
  };
}

function metricsOf(
  images: readonly ImageResult[],
  countsPixels?: (image: ImageResult) => boolean,
): ClassMetrics {
  const { scores, labels, normal, anomalous } = imageSamples(images);
  const stack = stackPixels('evaluateClasses', images, countsPixels);
  return {
    ...(normal > 0 && anomalous > 0 ? namedImageMetrics(scores, labels) : {}),
    ...(stack === undefined ? {} : namedPixelMetrics(stack)),
    normal,
    anomalous,
  };
}

function namedImageMetrics(scores: Float64Array, labels: Uint8Array): MetricValues {
  const { auroc, ap, f1Max } = imageMetrics(scores, labels);
  return { imageAuroc: auroc, imageAp: ap, imageF1Max: f1Max };
}

function namedPixelMetrics(stack: PixelStack): MetricValues {
  const { auroc, ap, f1Max, iouMax, auPro } = pixelMetrics(stack.maps, stack.masks, stack.size);
  const pimo = meanAuPimo(stack);
  return {
    pixelAuroc: auroc,
    pixelAp: ap,
    pixelF1Max: f1Max,
    pixelIouMax: iouMax,
    auPro,
    ...(pimo === undefined ? {} : { auPimo: pimo }),
  };
}

/** Anomalous images with an empty mask are neither normal nor have they anything to find; they are left out. */
function meanAuPimo({ maps, masks, size, normal }: PixelStack): number | undefined {
  const pixels = size.width * size.height;
  if (normal.filter(Boolean).length * pixels * PIMO_BOUNDS[1] < 1) return undefined;
  const kept = normal.flatMap((isNormal, i) => {
    const at = i * pixels;
    return isNormal || masks.subarray(at, at + pixels).includes(1) ? [at] : [];
  });
  if (kept.length === normal.length) return auPimo(maps, masks, size).mean;
  const keptMaps = new Float32Array(kept.length * pixels);
  const keptMasks = new Uint8Array(kept.length * pixels);
  kept.forEach((at, i) => {
    keptMaps.set(maps.subarray(at, at + pixels), i * pixels);
    keptMasks.set(masks.subarray(at, at + pixels), i * pixels);
  });
  return auPimo(keptMaps, keptMasks, size).mean;
}

function delong(images: readonly ImageResult[]): { readonly imageAuroc?: Interval } {
  const { scores, labels, normal, anomalous } = imageSamples(images);
  return normal > 0 && anomalous > 0 ? { imageAuroc: aurocInterval(scores, labels).interval } : {};
}
