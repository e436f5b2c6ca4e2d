import { metricsOfRanked, PRO_LIMIT } from '../pixels/pixel-metrics.js';
import { rankPixels } from '../pixels/rank-pixels.js';
import { imageMetrics } from '../scores/image-metrics.js';
import { aurocInterval, type Interval } from '../statistics/delong.js';
import {
  classesWithMasks,
  groupByClass,
  type ImageResult,
  imageSamples,
  stackPixels,
} from './image-result.js';
import type { PixelStack } from './metric.js';
import type { MetricName, MetricValues } from './metric-registry.js';
import { imageValues, meanOfMetrics, stackedValues } from './metric-values.js';
import { type Draws, drawnIntervals, type ResampleOptions, resampleClasses } from './resample.js';

/**
 * Where the class that a detector works with came from during the test: it was given, the detector predicted it, or
 * the detector uses none (`absent`). Numbers of different regimes must not stand in one column.
 */
export type LabelRegime = 'given' | 'predicted' | 'absent';

/** Metrics with what is needed to read them. */
export interface AggregateMetrics extends MetricValues {
  /** As given in the options. */
  readonly labelRegime?: LabelRegime | undefined;
  /** 95 % interval of each metric that has one; with the option `intervals`. */
  readonly intervals?: Readonly<Partial<Record<MetricName, Interval>>> | undefined;
}

/** Metrics of one class, or of all classes pooled. */
export interface ClassMetrics extends AggregateMetrics {
  /** Number of normal images. */
  readonly normal: number;
  /** Number of anomalous images. */
  readonly anomalous: number;
}

/** Result of {@link evaluateClasses}: the content of a run's `metrics.json`. */
export interface EvaluationMetrics {
  /** By class name, in the order in which the classes first appear. */
  readonly perClass: Record<string, ClassMetrics>;
  /** Arithmetic mean over the classes that have the metric. */
  readonly classMean: AggregateMetrics;
  /** One threshold for everything: all images, or all their pixels, taken together. */
  readonly pooled: ClassMetrics;
}

/** Options of {@link evaluateClasses}. */
export interface EvaluationOptions {
  /** Added to every aggregate. */
  readonly labelRegime?: LabelRegime | undefined;
  /** Adds 95 % intervals. */
  readonly intervals?: ResampleOptions | undefined;
}

/**
 * Metrics per class, their mean over classes, and pooled over all classes.
 *
 * Image metrics need both kinds of images. Pixel metrics use normal images (their mask is empty) and anomalous
 * images with a mask, of classes that have at least one mask; anomalous images without a mask are left out of them,
 * and so is every image without a map.
 *
 * Intervals cover the choice of test images, not the training: `imageAuroc` of a class and pooled by DeLong's method
 * ({@link aurocInterval}), all other metrics by the percentile bootstrap over images, in which pixels stay with their image. With
 * 20 normal and 20 anomalous images it contains the true value in about 90 of 100 draws; with more images, nearer to 95.
 * The bootstrap interval of a metric that is 1 in nearly every draw is narrow but proves little: look at the number of images.
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
  const classes = [...groupByClass(images)].map(([name, group]) => ({
    name,
    group,
    values: metricsOf(group),
  }));
  const withMasks = classesWithMasks(images);
  const all = metricsOf(images, ({ className }) => withMasks.has(className));
  const draws = resampling && resampleClasses(images, resampling);
  const aggregate = <T extends MetricValues>(
    values: T,
    drawn: Draws | undefined,
    group: readonly ImageResult[],
  ): T & AggregateMetrics => ({
    ...values,
    ...(labelRegime && { labelRegime }),
    ...(drawn && { intervals: { ...drawnIntervals(drawn, values), ...delong(group) } }),
  });
  return {
    perClass: Object.fromEntries(
      classes.map(({ name, group, values }, i) => [name, aggregate(values, draws?.perClass[i], group)]),
    ),
    classMean: aggregate(meanOfMetrics(classes.map(({ values }) => values)), draws?.classMean, []),
    pooled: aggregate(all, draws?.pooled, images),
  };
}

function metricsOf(
  images: readonly ImageResult[],
  countsPixels?: (image: ImageResult) => boolean,
): ClassMetrics {
  const { scores, labels, normal, anomalous, bothKinds } = imageSamples(images);
  const stack = stackPixels('evaluateClasses', images, countsPixels);
  return {
    ...(bothKinds && imageValues(imageMetrics(scores, labels))),
    ...(stack && pixelValues(stack)),
    normal,
    anomalous,
  };
}

function pixelValues(stack: PixelStack): MetricValues {
  const ranked = rankPixels('evaluateClasses', stack.maps, stack.masks, stack.size);
  return stackedValues({ ...ranked, metrics: metricsOfRanked(ranked, PRO_LIMIT), stack });
}

function delong(images: readonly ImageResult[]): { readonly imageAuroc?: Interval } {
  const { scores, labels, bothKinds } = imageSamples(images);
  return bothKinds ? { imageAuroc: aurocInterval(scores, labels).interval } : {};
}
