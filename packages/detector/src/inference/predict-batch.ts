import type { Size, TileGrid } from '@mint/image';
import * as tf from '@tensorflow/tfjs-core';
import type { MintDetector } from '../detector.js';
import type { Interests } from '../interest/interest.js';
import type { Look } from '../interest/look.js';
import { predictLooking } from '../interest/predict-inside.js';
import { restrictedAll } from '../interest/restrict.js';
import { type GivenClass, givenFor, type Prediction } from '../prediction.js';
import { framed } from './framed.js';
import { TileAverage } from './tile-average.js';
import { planTilesOf, type TileLimits } from './tile-memory.js';

/** Features of prepared images, unscaled. */
export interface PreparedFeatures {
  /** `[B, rows, cols, C]` flat; of one image in tiles `[tiles, rows, cols, C]`, in the order of `grid`. */
  readonly features: Float32Array;
  /** The tiles of an image that is not resized whole. */
  readonly grid?: TileGrid | undefined;
  /** Sizes of the images before they were prepared, for the predictions' frames. Default: not known. */
  readonly sizes?: readonly Size[] | undefined;
  /** The own region of interest of each image, in place of that of its class. Default: none has one. */
  readonly interests?: Interests | undefined;
  /**
   * Features of the same images, looked at like this; asked where the detector replaces pixels (`Calibration.outsidePixels`).
   * Default: `features`, whatever they show.
   */
  readonly seen?: ((looks: readonly (Look | undefined)[]) => Promise<Float32Array>) | undefined;
}

/** Options of {@link predictBatch}. */
export interface PredictBatchOptions extends TileLimits {
  /** Called before each group of tiles with the number of tiles scored so far; awaited, so that a page can draw meanwhile. */
  readonly onTiles?: ((done: number, total: number) => void | Promise<void>) | undefined;
}

/**
 * Predictions from features.
 *
 * An image in tiles gets one prediction (our decisions): its map is the tiles' maps merged without a seam, and its score is
 * taken from that map as from any other. Each class's log probability and out-of-distribution score are means over the tiles,
 * so that tiles without anything distinctive neither decide nor outvote the rest. Only then may an added class be recognised.
 *
 * @param batch - Features of images, or of all tiles of one image.
 * @param given - The class of all images or of each, where it is known; see `MintDetector.predict`.
 * @throws MintError `IMAGE_TOO_LARGE` for an image whose tiles do not fit into `options.limit`.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { computeFeatures, MintDetector, PAPER_CONFIG, predictBatch } from '@mint/detector';
 *
 * const detector = MintDetector.create({
 *   ...PAPER_CONFIG,
 *   classes: ['nut'],
 *   backbone: { kind: 'scattering' },
 *   input: { ...PAPER_CONFIG.input, width: 64, height: 64 },
 *   grid: [4, 4],
 *   network: { hidden: 16, heads: 2, feedForward: 32, encoderLayers: 1, decoderLayers: 1, window: [3, 3] },
 * });
 * const images = [new Uint8Array(64 * 64 * 3), new Uint8Array(64 * 64 * 3).fill(255)];
 * const { values } = await computeFeatures(detector, images);
 * const predictions = await predictBatch(detector, { features: values });
 * console.log(predictions.length, predictions[0]?.anomalyMap.length); // 2 4096
 * ```
 */
export async function predictBatch(
  detector: MintDetector,
  batch: PreparedFeatures,
  given?: GivenClass,
  options: PredictBatchOptions = {},
): Promise<Prediction[]> {
  const { features, grid } = batch;
  const [rows, cols] = detector.config.grid;
  const count = grid === undefined ? features.length / (rows * cols * detector.channels) : 1;
  const seen = batch.seen ?? (async () => features);
  return predictSeen(detector, { ...batch, count, seen }, given, options);
}

/** Images whose features are not known yet. */
interface Unseen extends Omit<PreparedFeatures, 'features' | 'seen'> {
  readonly count: number;
  readonly seen: (looks: readonly (Look | undefined)[]) => Promise<Float32Array>;
}

/** {@link predictBatch} on features that are computed when it is known how the images are looked at. */
export async function predictSeen(
  detector: MintDetector,
  { count, seen, grid, sizes = [], interests = [] }: Unseen,
  given: GivenClass | undefined,
  options: PredictBatchOptions,
): Promise<Prediction[]> {
  const predictions = await predictLooking(count, given, interests, detector, async (looks) =>
    predictAny(detector, { features: await seen(looks), grid, interests }, given, options),
  );
  return framed(detector.config, predictions, sizes);
}

async function predictAny(
  detector: MintDetector,
  { features, grid, interests }: PreparedFeatures,
  given: GivenClass | undefined,
  options: PredictBatchOptions,
): Promise<Prediction[]> {
  if (grid === undefined) return predictFeatures(detector, features, given, false, interests);
  const known = givenFor(given, 0);
  const tiled = (name: string | undefined) => predictTiles(detector, features, grid, name, options);
  const restrict = (prediction: Prediction) => restrictedAll([prediction], detector, given, interests);
  if (known !== undefined) return restrict(await tiled(known));
  const { trainedClasses } = detector;
  const trained = await tiled(trainedClasses[0]);
  const name = detector.recognisedClass(trained);
  return restrict(name === undefined || trainedClasses.includes(name) ? trained : await tiled(name));
}

async function predictFeatures(
  detector: MintDetector,
  features: Float32Array,
  given: GivenClass | undefined,
  isTile: boolean,
  interests?: Interests,
): Promise<Prediction[]> {
  const [rows, cols] = detector.config.grid;
  const { channels } = detector;
  const images = features.length / (rows * cols * channels);
  const input = tf.tensor4d(features, [images, rows, cols, channels]);
  return detector.predictFeatures(input, given, isTile, interests).finally(() => input.dispose());
}

async function predictTiles(
  detector: MintDetector,
  features: Float32Array,
  grid: TileGrid,
  given: string | undefined,
  { onTiles, ...limits }: PredictBatchOptions,
): Promise<Prediction> {
  const { batchSize } = planTilesOf(detector, grid, limits);
  const count = grid.tiles.length;
  const size = features.length / count;
  const average = new TileAverage(grid, detector.config);
  for (let at = 0; at < count; at += batchSize) {
    await onTiles?.(at, count);
    const part = features.subarray(at * size, Math.min(count, at + batchSize) * size);
    for (const tile of await predictFeatures(detector, part, given, true)) average.add(tile);
  }
  return average.result();
}
