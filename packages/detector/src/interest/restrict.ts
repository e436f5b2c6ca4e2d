import type { Size } from '@mint/image';
import { own } from '@mint/internal';
import type { DetectorConfig } from '../config.js';
import type { Calibration } from '../limits/calibration.js';
import { POOL } from '../maps/anomaly-map.js';
import { type GivenClass, givenFor, type Prediction, type TokenPrediction } from '../prediction.js';
import { type Interests, interestMask, type RegionOfInterest } from './interest.js';
import { tokensInside } from './tokens-inside.js';

/**
 * A prediction that only looks at a region of interest: its map is −∞ outside, and its score is taken from the inside.
 * Tokens without a pixel in the region take no part: they are not mixed into the pixels next to them.
 */
export function restricted(
  { tokenMap, ...prediction }: TokenPrediction,
  interest: RegionOfInterest,
  { grid, score, upsampling }: Pick<DetectorConfig, 'grid' | 'score' | 'upsampling'>,
): Prediction {
  const inside = interestMask(interest, prediction);
  const map =
    tokenMap === undefined
      ? prediction.anomalyMap
      : enlarged(tokenMap, tokensInside(inside, prediction, grid), { grid, upsampling }, prediction);
  const anomalyMap = map.map((value, i) => (inside[i] === 0 ? Number.NEGATIVE_INFINITY : value));
  return { ...prediction, anomalyMap, interest, score: scoreWithin(anomalyMap, inside, prediction, score) };
}

/**
 * Predictions that only look at the regions of interest of their images, or else of their classes: the given one, or the recognised
 * one. Those without a region stay as they are.
 */
export function restrictedAll(
  predictions: readonly TokenPrediction[],
  detector: {
    readonly config: DetectorConfig;
    readonly calibration: Calibration | undefined;
    readonly recognisedClass: (prediction: Prediction) => string | undefined;
  },
  given: GivenClass | undefined,
  interests: Interests = [],
): Prediction[] {
  const { config, calibration } = detector;
  return predictions.map((prediction, i) => {
    const name = givenFor(given, i) ?? detector.recognisedClass(prediction);
    const interest = interests[i] ?? own(calibration?.regionsOfInterest, name ?? '');
    if (interest !== undefined) return restricted(prediction, interest, config);
    const { tokenMap: _, ...plain } = prediction;
    return plain;
  });
}

/** As `upsample`, of the tokens in the region alone: the weights of the others are shared out. */
function enlarged(
  tokenMap: Float32Array,
  tokens: Uint8Array,
  { grid: [rows, cols], upsampling }: Pick<DetectorConfig, 'grid' | 'upsampling'>,
  { width, height }: Size,
): Float32Array {
  const places = (pixels: number, count: number) =>
    Array.from({ length: pixels }, (_, i) => {
      const at =
        upsampling === 'centres'
          ? Math.min(count - 1, Math.max(0, ((i + 0.5) * count) / pixels - 0.5))
          : (i * (count - 1)) / Math.max(1, pixels - 1);
      const low = Math.min(count - 1, Math.floor(at));
      return { low, high: Math.min(count - 1, low + 1), share: at - low };
    });
  const columns = places(width, cols);
  const out = new Float32Array(width * height);
  places(height, rows).forEach((row, y) => {
    columns.forEach((column, x) => {
      let [sum, weights, nearest, most] = [0, 0, 0, -1];
      for (const [r, down] of [
        [row.low, 1 - row.share],
        [row.high, row.share],
      ] as const)
        for (const [c, across] of [
          [column.low, 1 - column.share],
          [column.high, column.share],
        ] as const) {
          const token = r * cols + c;
          const weight = down * across * (tokens[token] as number);
          sum += weight * (tokenMap[token] as number);
          weights += weight;
          if (down * across > most) [most, nearest] = [down * across, token];
        }
      // Cells and aligned corners differ by up to half a token: a pixel of the region may lie among tokens outside.
      out[y * width + x] = weights > 0 ? sum / weights : (tokenMap[nearest] as number);
    });
  });
  return out;
}

/** As `mapScore`, of the pixels inside; a window for the maximum counts when at least a quarter of it is inside. */
function scoreWithin(
  map: Float32Array,
  inside: Uint8Array,
  size: Size,
  kind: DetectorConfig['score'],
): number {
  const values = map.filter((_, i) => inside[i] === 1);
  if (values.length === 0) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (kind === 'mean') return Math.fround(mean);
  if (kind === 'std')
    return Math.fround(
      Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length),
    );
  const pooled = largestPooled(map, inside, size);
  return Math.fround(pooled === Number.NEGATIVE_INFINITY ? values.reduce((a, b) => Math.max(a, b)) : pooled);
}

function largestPooled(map: Float32Array, inside: Uint8Array, { width, height }: Size): number {
  const [across, down] = [Math.min(POOL, width), Math.min(POOL, height)];
  const [sums, counts] = [summed(map, inside, width, height), summed(inside, inside, width, height)];
  const within = (table: Float64Array, x: number, y: number) => {
    const at = (column: number, row: number) => table[row * (width + 1) + column] as number;
    return at(x + across, y + down) - at(x, y + down) - at(x + across, y) + at(x, y);
  };
  let largest = Number.NEGATIVE_INFINITY;
  for (let y = 0; y + down <= height; y++)
    for (let x = 0; x + across <= width; x++) {
      const count = within(counts, x, y);
      if (count >= (across * down) / 4) largest = Math.max(largest, within(sums, x, y) / count);
    }
  return largest;
}

/** Sums over the rectangles from the upper left corner, of the pixels inside. */
function summed(values: ArrayLike<number>, inside: Uint8Array, width: number, height: number): Float64Array {
  const table = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (inside[i] === 1) row += values[i] as number;
      table[(y + 1) * (width + 1) + x + 1] = (table[y * (width + 1) + x + 1] as number) + row;
    }
  }
  return table;
}
