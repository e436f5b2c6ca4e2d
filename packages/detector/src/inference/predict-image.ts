import { type PreparedImage, prepareImage, type RgbImage, type Size, tileInput } from '@mint/image';
import type { MintDetector } from '../detector.js';
import type { RegionOfInterest } from '../interest/interest.js';
import { type Look, lookedAt } from '../interest/look.js';
import type { Prediction } from '../prediction.js';
import { computeFeatures } from './compute-features.js';
import { predictSeen } from './predict-batch.js';
import { preprocessingOf } from './preprocessing.js';
import { planTilesOf, type TileLimits } from './tile-memory.js';

/** A prediction, and the image that its map lies on. */
export interface PredictedImage {
  /** What the detector says about it. */
  readonly prediction: Prediction;
  /** As the network got it; at its own size where it was cut into tiles. */
  readonly image: RgbImage;
}

/** Options of {@link predictImage} and {@link predictPrepared}. */
export interface PredictOptions extends TileLimits {
  /**
   * Called before each group of tiles with the share of the work that is done, from 0 to 1. A promise that it returns is
   * awaited: a page can draw meanwhile. Not called for an image that is resized whole.
   */
  readonly onProgress?: ((share: number) => void | Promise<void>) | undefined;
}

/**
 * Scores a decoded image of any size: prepares it as the model was trained, whole or in tiles, and predicts. Runs in pages,
 * too.
 *
 * @param image - At its own size.
 * @param given - The class of the image, where it is known; see `MintDetector.predict`.
 * @throws MintError `IMAGE_TOO_LARGE` for an image whose tiles do not fit into `options.limit`.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { MintDetector, PAPER_CONFIG, predictImage } from '@mint/detector';
 *
 * const detector = MintDetector.create({
 *   ...PAPER_CONFIG,
 *   classes: ['nut'],
 *   backbone: { kind: 'scattering' },
 *   input: { ...PAPER_CONFIG.input, width: 64, height: 64, tiles: 'auto' },
 *   grid: [4, 4],
 *   network: { hidden: 16, heads: 2, feedForward: 32, encoderLayers: 1, decoderLayers: 1, window: [3, 3] },
 * });
 * const image = { width: 200, height: 64, data: new Uint8Array(200 * 64 * 3) };
 * const { prediction } = await predictImage(detector, image); // in four tiles
 * console.log(prediction.width, prediction.height, prediction.anomalyMap.length); // 200 64 12800
 * ```
 */
export async function predictImage(
  detector: MintDetector,
  image: RgbImage,
  given?: string,
  options?: PredictOptions,
): Promise<PredictedImage> {
  const prepared = prepareImage({ image }, preprocessingOf(detector.config));
  return { prediction: await predictPrepared(detector, prepared, given, options), image: prepared.image };
}

/**
 * Scores an image that is prepared already; see {@link predictImage}.
 *
 * @param prepared - From `prepareImage` of `@mint/image` with {@link preprocessingOf} the detector's configuration.
 * @param given - The class of the image, where it is known; see `MintDetector.predict`.
 * @throws MintError as {@link predictImage}.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { MintDetector, PAPER_CONFIG, predictPrepared, preprocessingOf } from '@mint/detector';
 * import { prepareImage } from '@mint/image';
 *
 * const detector = MintDetector.create({
 *   ...PAPER_CONFIG,
 *   classes: ['nut'],
 *   backbone: { kind: 'scattering' },
 *   input: { ...PAPER_CONFIG.input, width: 64, height: 64 },
 *   grid: [4, 4],
 *   network: { hidden: 16, heads: 2, feedForward: 32, encoderLayers: 1, decoderLayers: 1, window: [3, 3] },
 * });
 * const image = { width: 200, height: 100, data: new Uint8Array(200 * 100 * 3) };
 * console.log(preprocessingOf(detector.config)); // { width: 64, height: 64, filter: 'bilinear' }
 * const prepared = prepareImage({ image }, preprocessingOf(detector.config));
 * const { width, height } = await predictPrepared(detector, prepared);
 * console.log(width, height); // 64 64
 * ```
 */
export async function predictPrepared(
  detector: MintDetector,
  { image, grid, size, interest }: PreparedPrediction,
  given?: string,
  { onProgress, ...limits }: PredictOptions = {},
): Promise<Prediction> {
  // Features and maps take about the same time.
  const tiles = grid?.tiles.length ?? 1;
  const report = (done: number) => onProgress?.(done / (2 * tiles));
  const seen = async ([look]: readonly (Look | undefined)[]) =>
    featuresOf(detector, { image: look === undefined ? image : lookedAt(image, look), grid }, limits, report);
  const options = { ...limits, onTiles: (done: number) => report(tiles + done) };
  const [prediction] = await predictSeen(
    detector,
    { count: 1, seen, grid, sizes: size && [size], interests: [interest] },
    given,
    options,
  );
  return prediction as Prediction;
}

/** What {@link predictPrepared} scores. */
export interface PreparedPrediction extends Pick<PreparedImage, 'image' | 'grid'> {
  /** Size of the image before it was prepared. Default: not known. */
  readonly size?: Size | undefined;
  /** Where this image is looked at, in place of the region of its class. Default: as its class. */
  readonly interest?: RegionOfInterest | undefined;
}

/** Features of a prepared image, or of its tiles one after the other. */
async function featuresOf(
  detector: MintDetector,
  { image, grid }: Pick<PreparedImage, 'image' | 'grid'>,
  limits: TileLimits,
  report: (done: number) => void | Promise<void> | undefined,
): Promise<Float32Array> {
  const preprocessing = preprocessingOf(detector.config);
  const tiles = grid?.tiles.map((tile) => () => tileInput(image, tile, preprocessing).data);
  const inputs = tiles ?? [() => image.data];
  const atOnce = grid === undefined ? 1 : planTilesOf(detector, grid, limits).batchSize;
  let features = new Float32Array();
  for (let at = 0; at < inputs.length; at += atOnce) {
    if (grid !== undefined) await report(at);
    const part = inputs.slice(at, at + atOnce).map((pixels) => pixels());
    const { values } = await computeFeatures(detector, part);
    if (at === 0) features = new Float32Array((values.length / part.length) * inputs.length);
    features.set(values, (features.length / inputs.length) * at);
  }
  return features;
}
