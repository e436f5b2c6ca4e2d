import {
  createTileMerger,
  prepareImage,
  type RgbImage,
  type Tile,
  type TileGrid,
  tileInput,
} from '@mint/data';
import { type GivenClass, imageScore, type MintDetector, type Prediction } from '@mint/detector';
import { resizeMap } from '@mint/image';
import * as tf from '@tensorflow/tfjs-core';
import { computeFeatures, preprocessingOf } from './features/compute-features.js';
import type { FeatureBatch } from './features/feature-batches.js';
import { planTilesOf } from './tile-memory.js';

/** A prediction, and the image that its map lies on. */
export interface PredictedImage {
  /** What the detector says about it. */
  readonly prediction: Prediction;
  /** As the network saw it; as it was taken where it was cut into tiles. */
  readonly image: RgbImage;
}

/**
 * Scores a decoded image of any size: prepares it as the model was trained, whole or in tiles, and predicts. Calibration
 * and evaluation do the same with cached features, {@link predictBatch}.
 *
 * @param image - As it was taken.
 * @param limit - Bytes to keep within; only tiles need so many. @defaultValue 2 GiB
 * @param given - The class of the image, where it is known; see `MintDetector.predict`.
 * @throws MintError `IMAGE_TOO_LARGE` for an image whose tiles do not fit into `limit`.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import { resizeMap } from '@mint/image';
import * as tf from '@tensorflow/tfjs-core';
 * import { featureBatches, featureCacheOf, planTilesOf, predictBatch, predictImage, PRESETS } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const { samples, classes } = proceduralDataset({ trainPerClass: 8, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const { network } = PRESETS.quick;
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8], network });
 * const cache = featureCacheOf('feature-cache', detector);
 *
 * const image = { width: 200, height: 64, data: new Uint8Array(200 * 64 * 3) };
 * const { prediction } = await predictImage(detector, image);
 * console.log(prediction.width, prediction.height, prediction.anomalyMap.length); // 64 64 4096
 *
 * const images = samples.slice(0, 3); // with cached features
 * for await (const batch of featureBatches(detector, cache, images)) {
 *   console.log((await predictBatch(detector, batch)).length); // 3
 * }
 * ```
 */
export async function predictImage(
  detector: MintDetector,
  image: RgbImage,
  limit?: number,
  given?: string,
): Promise<PredictedImage> {
  const preprocessing = preprocessingOf(detector.config);
  const prepared = prepareImage({ image }, preprocessing);
  const tiles = prepared.grid?.tiles.map((tile) => () => tileInput(image, tile, preprocessing).data);
  const inputs = tiles ?? [() => prepared.image.data];
  const atOnce = prepared.grid === undefined ? 1 : planTilesOf(detector, prepared.grid, limit).batchSize;
  let features = new Float32Array();
  for (let at = 0; at < inputs.length; at += atOnce) {
    const part = inputs.slice(at, at + atOnce).map((pixels) => pixels());
    const { values } = await computeFeatures(detector, part);
    if (at === 0) features = new Float32Array((values.length / part.length) * inputs.length);
    features.set(values, (features.length / inputs.length) * at);
  }
  const { grid } = prepared;
  const [prediction] = await predictBatch(detector, { features, ...(grid && { grid }) }, given, limit);
  return { prediction: prediction as Prediction, image: prepared.image };
}

/**
 * Predictions for a batch of features.
 *
 * An image in tiles gets one (our decisions): its map is the tiles' maps merged without a seam, its score is taken from that
 * map as from any other; each class's log probability and its out-of-distribution score are means over the tiles, so that tiles that show
 * nothing particular neither decide nor outvote the others. Only then is it taken for an added class, or not.
 *
 * See the example of {@link predictImage}.
 *
 * @param batch - As from `featureBatches`; of a large image the features of all tiles.
 * @param given - The class of all images or of each, where it is known; see `MintDetector.predict`.
 * @param limit - As in {@link predictImage}.
 */
export async function predictBatch(
  detector: MintDetector,
  { features, grid }: Pick<FeatureBatch, 'features' | 'grid'>,
  given?: GivenClass,
  limit?: number,
): Promise<Prediction[]> {
  if (grid === undefined) return predictAll(detector, features, given);
  const { batchSize } = planTilesOf(detector, grid, limit);
  const merged = (className: string | undefined) =>
    predictTiles(detector, features, grid, batchSize, className);
  const [className] = typeof given === 'string' ? [given] : (given ?? []);
  if (className !== undefined) return [await merged(className)];
  const { trainedClasses } = detector;
  const trained = await merged(trainedClasses[0]);
  const taken = detector.recognisedClass(trained);
  return [taken === undefined || trainedClasses.includes(taken) ? trained : await merged(taken)];
}

async function predictAll(
  detector: MintDetector,
  features: Float32Array,
  given: GivenClass | undefined,
): Promise<Prediction[]> {
  const { config, featureMean } = detector.toState();
  const [rows, cols] = config.grid;
  const channels = featureMean.length;
  const images = features.length / (rows * cols * channels);
  const input = tf.tensor4d(features, [images, rows, cols, channels]);
  try {
    return await detector.predictFeatures(input, given);
  } finally {
    input.dispose();
  }
}

async function predictTiles(
  detector: MintDetector,
  features: Float32Array,
  grid: TileGrid,
  batchSize: number,
  given: string | undefined,
): Promise<Prediction> {
  const { width, height, tiles } = grid;
  const { classes, score } = detector.config;
  const size = features.length / tiles.length;
  const merger = createTileMerger(grid);
  const logs = new Float64Array(classes.length);
  const oodScores = new Float64Array(classes.length);
  let known = { classPosterior: false, oodScores: false };
  for (let at = 0; at < tiles.length; at += batchSize) {
    const part = tiles.slice(at, at + batchSize);
    const predictions = await predictAll(
      detector,
      features.subarray(at * size, (at + part.length) * size),
      given,
    );
    predictions.forEach((tile, i) => {
      merger.add(resizeMap(tile.anomalyMap, tile, part[i] as Tile));
      known = {
        classPosterior: tile.classPosterior !== undefined,
        oodScores: tile.oodScores !== undefined,
      };
      // A probability that underflows to 0 would outvote all other tiles.
      tile.classPosterior?.forEach((p, k) => {
        logs[k] = (logs[k] as number) + Math.log(Math.max(p, 1e-30)) / tiles.length;
      });
      tile.oodScores?.forEach((s, k) => {
        oodScores[k] = (oodScores[k] as number) + s / tiles.length;
      });
    });
  }
  const anomalyMap = merger.result();
  const reduced = tf.tidy(() => imageScore(tf.tensor3d(anomalyMap, [1, height, width]), score));
  const [value = Number.NaN] = await reduced.data();
  reduced.dispose();
  const best = logs.indexOf(Math.max(...logs));
  const shares = logs.map((log) => Math.exp(log - (logs[best] as number)));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return {
    anomalyMap,
    width,
    height,
    score: value,
    ...(known.oodScores ? { oodScores: Float32Array.from(oodScores) } : {}),
    ...(known.classPosterior
      ? {
          classPosterior: Float32Array.from(shares, (share) => share / total),
          className: classes[best] ?? '',
        }
      : {}),
  };
}
