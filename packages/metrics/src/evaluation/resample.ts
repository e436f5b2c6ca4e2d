import { assertInt, deriveSeed, Random } from '@mint/internal';
import type { Interval } from '../statistics/delong.js';
import { classesWithMasks, groupByClass, hasPixels, type ImageResult } from './image-result.js';
import type { MetricName, MetricValues } from './metric-registry.js';
import { eachMetric, meanOfMetrics } from './metric-values.js';
import { resampler } from './resampler.js';

/** How images are drawn for intervals. */
export interface ResampleOptions {
  /** The same seed and images give the same draws, on every machine. */
  readonly seed: number;
  /** Number of draws, 100 to 1,000,000. @defaultValue 1000 */
  readonly replicates?: number | undefined;
}

/** Metrics of bootstrap draws. */
export interface Draws {
  /** Metrics of the images as they are, at the resolution of the draws. */
  readonly reference: MetricValues;
  readonly replicates: readonly MetricValues[];
}

/**
 * Draws images with replacement, in each class as many normal and as many anomalous images as there are (those with and
 * without pixels separately), and computes every metric of each draw. Pixels stay with their image, because the pixels of
 * one image are alike: intervals that treat pixels as independent are many times too narrow.
 *
 * Every draw sees the ranking at up to 1024 thresholds (fine where few normal pixels are above, for AUPRO and AUPIMO),
 * so it costs little; what this loses is the same in all draws, and {@link drawnIntervals} corrects for it.
 *
 * @see Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 6 and 13.
 */
export function resampleClasses(
  images: readonly ImageResult[],
  { seed, replicates = 1000 }: ResampleOptions,
): { perClass: Draws[]; classMean: Draws; pooled: Draws } {
  assertInt('intervals', 'seed', seed, 0);
  assertInt('intervals', 'replicates', replicates, 100, 1_000_000);
  const withMasks = classesWithMasks(images);
  const pooled = resampler(images, (image) => withMasks.has(image.className));
  const classes = [...groupByClass(images)].map(([name, group]) => ({
    places: images.flatMap((image, i) => (image.className === name ? [i] : [])),
    resample: resampler(group),
    draw: drawer(group, new Random(deriveSeed(seed, 'pictures', name))),
  }));
  const evaluate = (draw: (weights: Float64Array, strata: (typeof classes)[number]) => void) => {
    const all = new Float64Array(images.length);
    const perClass = classes.map((entry) => {
      const weights = new Float64Array(entry.places.length);
      draw(weights, entry);
      entry.places.forEach((place, i) => {
        all[place] = weights[i] as number;
      });
      return entry.resample(weights);
    });
    return { perClass, classMean: meanOfMetrics(perClass), pooled: pooled(all) };
  };
  const reference = evaluate((weights) => weights.fill(1));
  const drawn = Array.from({ length: replicates }, () => evaluate((weights, { draw }) => draw(weights)));
  return {
    perClass: classes.map((_, c) => ({
      reference: reference.perClass[c] ?? {},
      replicates: drawn.map(({ perClass }) => perClass[c] ?? {}),
    })),
    classMean: { reference: reference.classMean, replicates: drawn.map(({ classMean }) => classMean) },
    pooled: { reference: reference.pooled, replicates: drawn.map((replicate) => replicate.pooled) },
  };
}

/**
 * The 95 % percentile interval of each metric: from the 2.5 % to the 97.5 % quantile of the draws, shifted by
 * the difference between the exact value and the value at the resolution of the draws, within [0, 1].
 */
export function drawnIntervals(
  { reference, replicates }: Draws,
  values: MetricValues,
): Partial<Record<MetricName, Interval>> {
  return eachMetric((name): Interval | undefined => {
    const [value, coarse] = [values[name], reference[name]];
    if (value === undefined || coarse === undefined) return undefined;
    const [low, high] = middle95(replicates.flatMap((replicate) => replicate[name] ?? []));
    const move = (end: number) => Math.min(1, Math.max(0, end + value - coarse));
    return [move(low), move(high)];
  });
}

/** The 2.5 % and 97.5 % quantiles, between neighbours by straight lines (as numpy's default). */
export function middle95(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const [low, high] = [sorted[below] as number, sorted[Math.min(below + 1, sorted.length - 1)] as number];
    return low + (high - low) * (place - below);
  };
  return [at(0.025), at(0.975)];
}

/** Counts how often each image is drawn; kinds of images keep their numbers. */
function drawer(images: readonly ImageResult[], random: Random): (weights: Float64Array) => void {
  const strata = new Map<string, number[]>();
  images.forEach((image, i) => {
    const key = `${image.anomalous} ${hasPixels(image)}`;
    strata.set(key, [...(strata.get(key) ?? []), i]);
  });
  return (weights) => {
    weights.fill(0);
    for (const stratum of strata.values()) {
      for (let i = 0; i < stratum.length; i++) {
        const drawn = stratum[random.int(stratum.length)] as number;
        weights[drawn] = (weights[drawn] as number) + 1;
      }
    }
  };
}
