import { autoTiles, cutTile, mergeTiles, prepareImage } from '@mint/image';
import { Random } from '@mint/internal';
import { plausibleParts, texture, tiledConfig } from '@mint/test-utils/textures';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type DetectorConfig,
  imageScore,
  MintDetector,
  PlaceMoments,
  type Prediction,
  placeWhitening,
  planTilesOf,
  predictImage,
  predictPrepared,
  preprocessingOf,
  randomDirections,
} from '../index.js';

const config: DetectorConfig = tiledConfig;
const CLASSES = config.classes;

/** A detector with all its parts, none of them trained. */
const plausible = (changes: Partial<DetectorConfig> = {}): MintDetector =>
  MintDetector.fromState({
    ...MintDetector.create({ ...config, ...changes }).toState(),
    ...plausibleParts(),
  });

/** The same with a covariance of its own for each class and place. */
function byPlace(): MintDetector {
  const { whitening: _whitening, ...state } = plausible().toState();
  const [channels, directions] = [state.featureMean.length, 5];
  const places = config.grid[0] * config.grid[1];
  const classes = CLASSES.map((_name, k) => {
    const moments = new PlaceMoments(places, directions);
    const random = new Random(k);
    for (let image = 0; image < 9; image++)
      moments.add(
        Float32Array.from(
          { length: places * directions },
          (_, i) => (1 + k + Math.floor(i / directions)) * random.normal(),
        ),
      );
    return moments.result();
  });
  const basis = randomDirections(channels, directions, 0);
  return MintDetector.fromState({
    ...state,
    config: { ...config, map: 'whitened-by-class-and-place' },
    placeWhitening: placeWhitening(basis, channels, classes, { images: 1, tokens: 1 }),
  });
}

const { tiles: _, ...wholeInput } = config.input;

afterEach(() => vi.restoreAllMocks());

describe('predictImage()', () => {
  const tiled = plausible();

  test('up to 1.5 times the input the model sees the image whole, bit-equal to one without tiles', async () => {
    const whole = plausible({ input: wholeInput });
    for (const [width, height] of [
      [48, 32],
      [72, 41],
      [31, 17],
    ] as const) {
      const image = texture('nut', width, height, 1);
      const [a, b] = [await predictImage(tiled, image), await predictImage(whole, image)];
      expect(a).toEqual(b);
      expect(a.image).toMatchObject({ width: 48, height: 32 });
    }
  });

  test.each([
    ['one covariance for all', tiled],
    ['by class and place', byPlace()],
  ])(
    'a large image is its tiles: merged map, score of that map, mean log posterior, mean out-of-distribution score: %s',
    async (_map, tiled) => {
      const image = texture('bolt', 131, 83, 2);
      const grid = autoTiles(image, config.input) ?? { width: 0, height: 0, tiles: [] };
      expect(grid.tiles.length).toBe(3 * 3);
      const tiles: Prediction[] = [];
      for (const tile of grid.tiles) {
        const cut = tf.tensor4d(cutTile(image, tile).data, [1, 32, 48, 3], 'int32');
        tiles.push(...(await tiled.predict(cut)));
      }
      const { prediction, image: seen } = await predictImage(tiled, image);
      expect(seen).toBe(image);
      expect(prediction).toMatchObject({ width: 131, height: 83 });
      const map = mergeTiles(
        tiles.map(({ anomalyMap }) => anomalyMap),
        grid,
      );
      expect(tf.tensor1d(prediction.anomalyMap)).toBeAllClose(tf.tensor1d(map));
      const [score] = imageScore(tf.tensor3d(map, [1, 83, 131]), 'max').dataSync();
      expect(prediction.score).toBeCloseTo(score ?? Number.NaN, 4);
      const mean = (of: (tile: Prediction) => number) =>
        tiles.reduce((sum, tile) => sum + of(tile), 0) / tiles.length;
      const logs = CLASSES.map((_name, k) =>
        mean(({ classPosterior }) => Math.log(classPosterior?.[k] ?? 0)),
      );
      const total = logs.reduce((sum, log) => sum + Math.exp(log), 0);
      CLASSES.forEach((_name, k) => {
        expect(prediction.classPosterior?.[k]).toBeCloseTo(Math.exp(logs[k] ?? 0) / total, 5);
        expect(prediction.oodScores?.[k]).toBeCloseTo(
          mean(({ oodScores }) => oodScores?.[k] ?? Number.NaN),
          4,
        );
      });
      expect(prediction.className).toBe(CLASSES[logs.indexOf(Math.max(...logs))]);
    },
  );

  test('no seam: a model that gives the same map everywhere gives it for the whole image', async () => {
    vi.spyOn(tiled, 'predictFeatures').mockImplementation(async ({ shape: [count] }) =>
      Array.from({ length: count }, () => ({
        anomalyMap: new Float32Array(48 * 32).fill(0.7),
        width: 48,
        height: 32,
        score: 9,
      })),
    );
    for (const [width, height] of [
      [131, 67],
      // Lower than a tile: its maps are made lower, too.
      [97, 11],
    ] as const) {
      const { prediction } = await predictImage(tiled, texture('nut', width, height, 3));
      expect(prediction.anomalyMap).toEqual(new Float32Array(width * height).fill(0.7));
      expect(prediction.score).toBeCloseTo(0.7, 6);
      expect(prediction.className).toBeUndefined();
      expect(prediction.oodScores).toBeUndefined();
    }
  });

  test('the network never gets more tiles at once than memory allows; an image that is too large is refused', async () => {
    const image = texture('nut', 211, 157, 4);
    const grid = autoTiles(image, config.input) ?? { width: 0, height: 0, tiles: [] };
    const [eight, seven] = [
      planTilesOf(tiled, grid),
      planTilesOf(tiled, grid, { limit: planTilesOf(tiled, grid).bytes - 1 }),
    ];
    expect([eight.batchSize, seven.batchSize]).toEqual([8, 7]);
    const perTile = eight.bytes - seven.bytes;
    const limitFor = (count: number) => eight.bytes - (8 - count) * perTile;
    const counts: number[] = [];
    const features = tiled.features.bind(tiled);
    vi.spyOn(tiled, 'features').mockImplementation((images) => {
      counts.push(images.shape[0]);
      return features(images);
    });
    const free = await predictImage(tiled, image);
    expect(Math.max(...counts)).toBe(8);
    counts.length = 0;
    const tight = await predictImage(tiled, image, undefined, { limit: limitFor(2) });
    expect(new Set(counts)).toEqual(new Set([2]));
    expect(tf.tensor1d(tight.prediction.anomalyMap)).toBeAllClose(tf.tensor1d(free.prediction.anomalyMap));
    await expect(predictImage(tiled, image, undefined, { limit: limitFor(1) - 1 })).rejects.toThrow(
      expect.objectContaining({
        code: 'IMAGE_TOO_LARGE',
        message: expect.stringMatching(/211x157 in 30 tiles needs about \d+ bytes, the limit is \d+/),
      }),
    );
  });

  test('frees all tensors it made', async () => {
    const before = tf.memory().numTensors;
    await predictImage(tiled, texture('nut', 131, 67, 5));
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a prepared image gives the same, and progress is reported before each group of tiles', async () => {
    const image = texture('bolt', 131, 83, 2);
    const prepared = prepareImage({ image }, preprocessingOf(config));
    const shares: number[] = [];
    const prediction = await predictPrepared(tiled, prepared, undefined, {
      tilesAtOnce: 3,
      onProgress: async (share) => {
        shares.push(share);
      },
    });
    const { prediction: whole } = await predictImage(tiled, image);
    expect(tf.tensor1d(prediction.anomalyMap)).toBeAllClose(tf.tensor1d(whole.anomalyMap));
    expect(shares).toEqual([0, 1, 2, 3, 4, 5].map((part) => part / 6));
    shares.length = 0;
    await predictImage(tiled, texture('nut', 48, 32, 1), 'nut', {
      onProgress: (share) => void shares.push(share),
    });
    expect(shares).toEqual([]);
  });
});
