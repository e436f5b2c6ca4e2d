import type { Sample } from '@mint/data';
import { interestFromMask, type MintDetector, preprocessingOf, type RegionOfInterest } from '@mint/detector';
import { resizeMap } from '@mint/image';
import { evenlyChosen } from '../features/cached-features.js';
import { type ExtractOptions, featureBatches } from '../features/feature-batches.js';
import type { FeatureCache } from '../features/feature-cache.js';

/** Images of a class that are looked at; more say nothing new. */
const IMAGES = 64;
/** A token is foreground in an image only when it is this many deviations further from the border than border tokens are. */
const DEVIATIONS = 2;
/** And of the region when it is foreground in this share of the images: an object need not always lie in the same place. */
const SHARE = 0.3;
/** Some token is foreground in this share of the images, or nothing but chance stands out. */
const CORE = 0.8;
/** Below a half, the region is wider than its tokens. Their features come from pixels around them, so it is wide enough anyway. */
const EDGE = 0.25;
/** A larger share of the image leaves nothing out. */
const LARGEST = 0.9;

/** What {@link proposeRegions} says about a class. */
export interface ProposedRegion {
  /** Where the object lies; undefined where no background was found. */
  readonly interest: RegionOfInterest | undefined;
  /** Its share of the image, from 0 to 1. */
  readonly share: number;
  /** `[rows, cols]`: share of the images in which a token is foreground, from 0 to 1. */
  readonly foreground: Float32Array;
  /** Number of images that were looked at. */
  readonly images: number;
}

/**
 * Proposes a region of interest for each class: where some images differ from what lies at the border of the images. A person has to look at
 * it: what is foreground is a guess.
 *
 * A token is foreground when its feature is far from those at the border, measured in deviations of each channel there: the distances
 * of all tokens of a class are divided into near and far ones. Tokens that
 * are foreground in three tenths of the images make the region; its holes are filled, and it is a little wider than they are.
 *
 * @param images - Good training images; at most 64 of a class are looked at, evenly chosen.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import { featureCacheOf, proposeRegions } from '@mint/trainer';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await tf.setBackend('onnx');
 * const { samples, classes } = proceduralDataset({ trainPerClass: 8, size: 128 });
 * const input = { ...PAPER_CONFIG.input, width: 128, height: 128 };
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' } });
 * const good = samples.filter(({ split }) => split === 'train');
 * const { gear, weave } = await proposeRegions(detector, featureCacheOf('feature-cache', detector), good);
 * console.log(gear?.interest !== undefined, weave?.interest !== undefined); // true false
 * ```
 */
export async function proposeRegions(
  detector: MintDetector,
  cache: FeatureCache,
  images: readonly Sample[],
  options: ExtractOptions = {},
): Promise<Record<string, ProposedRegion>> {
  const { classes, grid } = detector.config;
  const proposed: Record<string, ProposedRegion> = {};
  for (const name of classes) {
    const ofClass = images.filter(({ className }) => className === name);
    const features: Float32Array[] = [];
    const chosen = evenlyChosen(ofClass, Math.min(IMAGES, ofClass.length));
    for await (const batch of featureBatches(detector, cache, chosen, options)) {
      const size = batch.features.length / batch.samples.length;
      batch.samples.forEach((_, i) => {
        features.push(batch.features.slice(i * size, (i + 1) * size));
      });
    }
    if (features.length > 0) proposed[name] = proposal(features, grid, preprocessingOf(detector.config));
  }
  return proposed;
}

type Grid = readonly [rows: number, cols: number];

function proposal(
  features: readonly Float32Array[],
  grid: Grid,
  preprocessing: ReturnType<typeof preprocessingOf>,
): ProposedRegion {
  const { width, height } = preprocessing;
  const foreground = smoothed(foregroundShares(features, grid), grid);
  const tokens = withoutHoles(
    foreground.map((share) => (share >= SHARE ? 1 : 0)),
    grid,
  );
  const [rows, cols] = grid;
  const map = resizeMap(Float32Array.from(tokens), { width: cols, height: rows }, { width, height });
  const data = Uint8Array.from(map, (value) => (value >= EDGE ? 1 : 0));
  const share = data.reduce((sum, value) => sum + value, 0) / data.length;
  const isOne = share <= LARGEST && foreground.some((value) => value >= CORE);
  const { padToSquare: _, tiles: __, ...whole } = preprocessing;
  const interest = isOne
    ? interestFromMask({ width, height, data }, whole, 'the proposed region')
    : undefined;
  return { interest, share, foreground, images: features.length };
}

/** Share of the images in which each token is far from what lies at the border. */
function foregroundShares(features: readonly Float32Array[], [rows, cols]: Grid): Float32Array {
  const tokens = rows * cols;
  const channels = (features[0]?.length ?? 0) / tokens;
  const border = Array.from({ length: tokens }, (_, t) => t).filter((t) => {
    const [y, x] = [Math.floor(t / cols), t % cols];
    return y === 0 || x === 0 || y === rows - 1 || x === cols - 1;
  });
  const usual = Array.from({ length: channels }, (_, c) =>
    centreAndSpread(features.flatMap((image) => border.map((t) => image[t * channels + c] as number))),
  );
  const distances = features.map((image) =>
    Float32Array.from({ length: tokens }, (_, t) =>
      usual.reduce(
        (sum, { centre, spread }, c) =>
          sum + Math.min(100, (((image[t * channels + c] as number) - centre) / spread) ** 2) / channels,
        0,
      ),
    ),
  );
  const limit = limitOf(distances, border);
  return Float32Array.from(
    { length: tokens },
    (_, t) => distances.filter((image) => (image[t] as number) > limit).length / features.length,
  );
}

/**
 * From where on a distance is foreground: where the logarithms of the distances fall into two groups (Otsu, 1979), unless border
 * tokens lie as far out.
 */
function limitOf(distances: readonly Float32Array[], border: readonly number[]): number {
  const logOf = (value: number) => Math.log(Math.max(value, 1e-6));
  const logs = distances.flatMap((image) => Array.from(image, logOf));
  const { centre, spread } = centreAndSpread(
    distances.flatMap((image) => border.map((t) => logOf(image[t] as number))),
  );
  return Math.exp(Math.max(otsu(logs), centre + DEVIATIONS * spread));
}

/** The value between two groups of values that makes the spread between the groups largest. */
function otsu(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const total = sorted.reduce((sum, value) => sum + value, 0);
  let [best, limit, below] = [-1, 0, 0];
  sorted.slice(0, -1).forEach((value, i) => {
    below += value;
    const count = i + 1;
    const gap = below / count - (total - below) / (sorted.length - count);
    const between = count * (sorted.length - count) * gap ** 2;
    if (between > best) [best, limit] = [between, (value + (sorted[i + 1] as number)) / 2];
  });
  return limit;
}

/** Median, and 1.4826 times the median absolute deviation: the standard deviation of normal values, whatever a minority of others is. */
function centreAndSpread(values: readonly number[]): { readonly centre: number; readonly spread: number } {
  const middle = (list: readonly number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0;
  const centre = middle(values);
  return { centre, spread: Math.max(1e-6, 1.4826 * middle(values.map((value) => Math.abs(value - centre)))) };
}

/** Calls `see` for the tokens around one, itself included. */
function around([rows, cols]: Grid, t: number, see: (other: number, distance: number) => void): void {
  const [y, x] = [Math.floor(t / cols), t % cols];
  for (const dy of [-1, 0, 1])
    for (const dx of [-1, 0, 1]) {
      const [row, col] = [y + dy, x + dx];
      if (row >= 0 && col >= 0 && row < rows && col < cols)
        see(row * cols + col, Math.abs(dy) + Math.abs(dx));
    }
}

/** Means over the tokens around each, nearer ones counting more. */
function smoothed(values: Float32Array, grid: Grid): Float32Array {
  return values.map((_, t) => {
    let [sum, weights] = [0, 0];
    around(grid, t, (other, distance) => {
      const weight = 2 ** -distance;
      sum += weight * (values[other] as number);
      weights += weight;
    });
    return sum / weights;
  });
}

/** With what cannot be reached from the border. */
function withoutHoles(tokens: Float32Array, grid: Grid): Float32Array {
  const [rows, cols] = grid;
  const outside = new Set<number>();
  const open = Array.from(tokens, (_, t) => t).filter((t) => {
    const [y, x] = [Math.floor(t / cols), t % cols];
    return tokens[t] === 0 && (y === 0 || x === 0 || y === rows - 1 || x === cols - 1);
  });
  for (let t = open.pop(); t !== undefined; t = open.pop()) {
    if (outside.has(t)) continue;
    outside.add(t);
    around(grid, t, (other, distance) => {
      if (distance === 1 && tokens[other] === 0) open.push(other);
    });
  }
  return tokens.map((_, t) => (outside.has(t) ? 0 : 1));
}
