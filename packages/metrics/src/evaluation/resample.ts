import { assertInt, deriveSeed, Random } from '@mint/internal';
import { areaUnderLogRate, PIMO_BOUNDS } from '../pixels/au-pimo.js';
import { labelRegions } from '../pixels/label-regions.js';
import { regionShares } from '../pixels/pixel-metrics.js';
import { areaUnderOverlap, type Rows, rankingMetrics, rowsOf, rowsOfBins } from '../scores/ranking.js';
import { sortByKind } from '../scores/sort-scores.js';
import type { Interval } from '../statistics/delong.js';
import {
  classesWithMasks,
  groupByClass,
  hasPixels,
  type ImageResult,
  imageSamples,
  type PixelStack,
  stackPixels,
} from './image-result.js';
import { METRIC_NAMES, type MetricValues, meanOf } from './metric-values.js';

/** How images are drawn for intervals. */
export interface ResampleOptions {
  /** The same seed and images give the same draws, on every machine. */
  readonly seed: number;
  /** Number of draws, 100 to 1,000,000. @defaultValue 1000 */
  readonly replicates?: number;
}

/** Metrics of bootstrap draws. */
export interface Draws {
  /** Of the images as they are, at the resolution of the draws. */
  readonly reference: MetricValues;
  readonly replicates: readonly MetricValues[];
}

/** Metrics of images when each counts `weights` times. */
type Resampler = (weights: Float64Array) => MetricValues;

/** Thresholds that pixels are held against while images are drawn. */
const BINS = 1024;

/**
 * Draws images with replacement, in each class as many normal and as many anomalous ones as there are (those with and
 * without pixels separately), and computes every metric of each draw. Pixels go with their image, because those of one
 * image are alike; this makes intervals honest that are many times too narrow when pixels are taken for independent.
 *
 * Every draw sees the ranking at up to 1024 thresholds (fine where few normal pixels are above, for AUPRO and AUPIMO),
 * so it costs little; what is lost by that is the same in all draws and is taken out by {@link drawnInterval}.
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
    return { perClass, classMean: meanOf(perClass), pooled: pooled(all) };
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
 * The 95 % percentile interval of each metric: from the 2.5 % to the 97.5 % quantile of the draws, moved by what the
 * exact value differs from that of the draws' resolution, within [0, 1].
 */
export function drawnIntervals(
  { reference, replicates }: Draws,
  values: MetricValues,
): Partial<Record<keyof MetricValues, Interval>> {
  return Object.fromEntries(
    METRIC_NAMES.flatMap((name) => {
      const [value, coarse] = [values[name], reference[name]];
      if (value === undefined || coarse === undefined) return [];
      const [low, high] = middle95(replicates.flatMap((replicate) => replicate[name] ?? []));
      const move = (end: number) => Math.min(1, Math.max(0, end + value - coarse));
      return [[name, [move(low), move(high)] as const]];
    }),
  );
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

function resampler(
  images: readonly ImageResult[],
  countsPixels?: (image: ImageResult) => boolean,
): Resampler {
  const ofImages = imageResampler(images);
  const stack = stackPixels('evaluateClasses', images, countsPixels);
  const ofPixels = stack === undefined ? () => ({}) : pixelResampler(stack);
  return (weights) => ({ ...ofImages(weights), ...ofPixels(weights) });
}

function imageResampler(images: readonly ImageResult[]): Resampler {
  const { scores, labels, normal, anomalous } = imageSamples(images);
  if (normal === 0 || anomalous === 0) return () => ({});
  const edges = [...new Set(scores.map((score) => score + 0))].sort((a, b) => (a < b ? 1 : -1));
  const bins = Uint32Array.from(scores, (score) => binOf(edges, score));
  return (weights) => {
    const [negatives, positives] = [new Float64Array(edges.length), new Float64Array(edges.length)];
    for (let i = 0; i < bins.length; i++) {
      add(labels[i] === 0 ? negatives : positives, bins[i] as number, weights[i] as number);
    }
    const rows = rowsOfBins({ negatives, positives, overlap: positives }, edgeOf(edges));
    const { auroc, ap, f1Max } = rankingMetrics(rows, normal, anomalous);
    return { imageAuroc: auroc, imageAp: ap, imageF1Max: f1Max };
  };
}

function pixelResampler({ maps, masks, size, images, normal }: PixelStack): Resampler {
  const pixels = size.width * size.height;
  const { labels, count } = labelRegions(masks, size);
  const shares = regionShares(labels, count);
  const sorted = sortByKind(maps, masks, false);
  const edges = chooseEdges(rowsOf(sorted), sorted.negatives.length, sorted.positives.length);
  const bins = () => new Float64Array(edges.length);
  const tables = images.map((image, p) => {
    const [negatives, positives, overlap] = [bins(), bins(), bins()];
    for (let i = p * pixels; i < (p + 1) * pixels; i++) {
      const bin = binOf(edges, maps[i] as number);
      add(masks[i] === 0 ? negatives : positives, bin, 1);
      add(overlap, bin, shares[labels[i] as number] as number);
    }
    return {
      image,
      normal: normal[p] as boolean,
      pixels: [total(negatives), total(positives)] as const,
      regions: Math.round(total(overlap)),
      negatives: sparse(negatives),
      positives: sparse(positives),
      overlap: sparse(overlap),
    };
  });
  return (weights) => {
    const [negatives, positives, overlap, normals, perImage] = [bins(), bins(), bins(), bins(), bins()];
    let [n, p, regions, normalPixels, found] = [0, 0, 0, 0, 0];
    for (const table of tables) {
      const weight = weights[table.image] as number;
      if (weight === 0) continue;
      addTimes(negatives, table.negatives, weight);
      n += weight * table.pixels[0];
      if (table.normal) {
        addTimes(normals, table.negatives, weight);
        normalPixels += weight * table.pixels[0];
      }
      if (table.regions === 0) continue;
      addTimes(positives, table.positives, weight);
      addTimes(overlap, table.overlap, weight);
      addTimes(perImage, table.positives, weight / table.pixels[1]);
      p += weight * table.pixels[1];
      regions += weight * table.regions;
      found += weight;
    }
    // A draw can miss every image with a mask that is not empty.
    if (n === 0 || p === 0) return {};
    const rows = rowsOfBins({ negatives, positives, overlap }, edgeOf(edges));
    const { auroc, ap, f1Max, iouMax } = rankingMetrics(rows, n, p);
    return {
      pixelAuroc: auroc,
      pixelAp: ap,
      pixelF1Max: f1Max,
      pixelIouMax: iouMax,
      auPro: areaUnderOverlap(rows, n, regions, 0.3),
      ...(normalPixels * PIMO_BOUNDS[1] < 1
        ? {}
        : {
            auPimo: areaUnderLogRate(
              rowsOfBins({ negatives: normals, positives, overlap: perImage }, edgeOf(edges)),
              normalPixels,
              found,
              PIMO_BOUNDS,
            ),
          }),
    };
  };
}

/**
 * Lower ends of at most about `BINS` bins, from high to low: a new one whenever a third of the true-positive rate, of the
 * false-positive rate and of the logarithm of the false positives have grown by a step together.
 */
function chooseEdges(rows: Rows, negatives: number, positives: number): Float64Array {
  let total = 0;
  rows(() => {
    total++;
  });
  const edges: number[] = [];
  let [fp, tp, row, cell] = [0, 0, 0, 0];
  rows((rowNegatives, rowPositives, _, score) => {
    fp += rowNegatives;
    tp += rowPositives;
    row++;
    const share = tp / positives + fp / negatives + Math.log1p(fp) / Math.log1p(negatives);
    const reached = Math.floor((share / 3) * BINS);
    if (total > BINS && reached === cell && row < total) return;
    cell = reached;
    edges.push(score);
  });
  return Float64Array.from(edges);
}

const edgeOf = (edges: ArrayLike<number>) => (bin: number) => edges[bin] as number;

/** The first bin whose lower end is not above the score; the last end is the lowest score. */
function binOf(edges: ArrayLike<number>, score: number): number {
  let [low, high] = [0, edges.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) <= score) high = middle;
    else low = middle + 1;
  }
  return low;
}

function add(sums: Float64Array, at: number, value: number): void {
  sums[at] = (sums[at] as number) + value;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The bins of an image that have anything in them. */
interface Sparse {
  readonly bins: Uint32Array;
  readonly values: Float64Array;
}

function sparse(values: Float64Array): Sparse {
  const bins = Uint32Array.from(values.keys()).filter((bin) => values[bin] !== 0);
  return { bins, values: Float64Array.from(bins, (bin) => values[bin] as number) };
}

function addTimes(sums: Float64Array, { bins, values }: Sparse, factor: number): void {
  for (let i = 0; i < bins.length; i++) add(sums, bins[i] as number, factor * (values[i] as number));
}
