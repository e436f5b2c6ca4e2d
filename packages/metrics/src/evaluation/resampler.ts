import { labelRegions } from '../pixels/label-regions.js';
import { metricsOfRanked, PRO_LIMIT } from '../pixels/pixel-metrics.js';
import { regionShares } from '../pixels/rank-pixels.js';
import { type Bins, type Rows, rankingMetrics, rowsOf, rowsOfBins } from '../scores/ranking.js';
import { sortByKind } from '../scores/sort-scores.js';
import { type ImageResult, imageSamples, stackPixels } from './image-result.js';
import type { DrawnPixels, PixelStack } from './metric.js';
import type { MetricValues } from './metric-registry.js';
import { drawnValues, imageValues } from './metric-values.js';

/** Metrics of images when each counts `weights` times. */
export type Resampler = (weights: Float64Array) => MetricValues;

/** Number of thresholds at which the pixels of draws are ranked. */
const BINS = 1024;

/** Prepares images, so that the metrics of many draws of them cost little. */
export function resampler(
  images: readonly ImageResult[],
  countsPixels?: (image: ImageResult) => boolean,
): Resampler {
  const ofImages = imageResampler(images);
  const stack = stackPixels('evaluateClasses', images, countsPixels);
  const ofPixels = stack && pixelResampler(stack);
  return (weights) => ({ ...ofImages(weights), ...ofPixels?.(weights) });
}

function imageResampler(images: readonly ImageResult[]): Resampler {
  const { scores, labels, normal, anomalous, bothKinds } = imageSamples(images);
  if (!bothKinds) return () => ({});
  const edges = [...new Set(scores.map((score) => score + 0))].sort((a, b) => (a < b ? 1 : -1));
  const bins = Uint32Array.from(scores, (score) => binOf(edges, score));
  return (weights) => {
    const [negatives, positives] = [new Float64Array(edges.length), new Float64Array(edges.length)];
    for (let i = 0; i < bins.length; i++) {
      add(labels[i] === 0 ? negatives : positives, bins[i] as number, weights[i] as number);
    }
    const rows = rowsOfBins({ negatives, positives, overlap: positives }, edgeOf(edges));
    return imageValues(rankingMetrics(rows, normal, anomalous));
  };
}

function pixelResampler(stack: PixelStack): Resampler {
  const sorted = sortByKind(stack.maps, stack.masks, false);
  const edges = chooseEdges(rowsOf(sorted), sorted.negatives.length, sorted.positives.length);
  const tables = binImages(stack, edges);
  return (weights) => {
    const drawn = drawPixels(tables, weights, edges);
    return drawn === undefined ? {} : drawnValues(drawn);
  };
}

/** The pixels of one image, counted in bins. */
interface ImageTable {
  /** Index of the image among the weights. */
  readonly image: number;
  readonly normal: boolean;
  /** Number of normal and of anomalous pixels. */
  readonly pixels: readonly [negatives: number, positives: number];
  readonly regions: number;
  readonly bins: Readonly<Record<keyof Bins, Sparse>>;
}

function binImages({ maps, masks, size, images, normal }: PixelStack, edges: Float64Array): ImageTable[] {
  const pixels = size.width * size.height;
  const { labels, count } = labelRegions(masks, size);
  const shares = regionShares(labels, count);
  return images.map((image, p) => {
    const { negatives, positives, overlap } = emptyBins(edges.length);
    for (let i = p * pixels; i < (p + 1) * pixels; i++) {
      const bin = binOf(edges, maps[i] as number);
      add(masks[i] === 0 ? negatives : positives, bin, 1);
      add(overlap, bin, shares[labels[i] as number] as number);
    }
    return {
      image,
      normal: normal[p] as boolean,
      pixels: [total(negatives), total(positives)],
      regions: Math.round(total(overlap)),
      bins: { negatives: sparse(negatives), positives: sparse(positives), overlap: sparse(overlap) },
    };
  });
}

/** The pixels of all images, each counted `weights` times; `undefined` when the draw has pixels of one kind only. */
function drawPixels(
  tables: readonly ImageTable[],
  weights: Float64Array,
  edges: Float64Array,
): DrawnPixels | undefined {
  const all = emptyBins(edges.length);
  const perImage = { ...emptyBins(edges.length), positives: all.positives };
  let [negatives, positives, regions, normalPixels, images] = [0, 0, 0, 0, 0];
  for (const { image, normal, pixels, regions: found, bins } of tables) {
    const weight = weights[image] as number;
    if (weight === 0) continue;
    addTimes(all.negatives, bins.negatives, weight);
    negatives += weight * pixels[0];
    if (normal) {
      addTimes(perImage.negatives, bins.negatives, weight);
      normalPixels += weight * pixels[0];
    }
    if (found === 0) continue;
    addTimes(all.positives, bins.positives, weight);
    addTimes(all.overlap, bins.overlap, weight);
    addTimes(perImage.overlap, bins.positives, weight / pixels[1]);
    positives += weight * pixels[1];
    regions += weight * found;
    images += weight;
  }
  // A draw can miss every image with a mask that is not empty.
  if (negatives === 0 || positives === 0) return undefined;
  const ranked = { rows: rowsOfBins(all, edgeOf(edges)), negatives, positives, regions };
  return {
    ...ranked,
    metrics: metricsOfRanked(ranked, PRO_LIMIT),
    perImage: { rows: rowsOfBins(perImage, edgeOf(edges)), negatives: normalPixels, images },
  };
}

const emptyBins = (length: number): Bins => ({
  negatives: new Float64Array(length),
  positives: new Float64Array(length),
  overlap: new Float64Array(length),
});

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
