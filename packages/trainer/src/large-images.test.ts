import '@mint/backend-onnx';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  augment,
  autoTiles,
  cutTile,
  type RenderedSample,
  type RgbImage,
  type Sample,
  splitHoldout,
} from '@mint/data';
import { type DetectorConfig, MintDetector, predictImage } from '@mint/detector';
import { deriveSeed, Random } from '@mint/internal';
import { plausibleParts, texture, tiledConfig } from '@mint/test-utils/textures';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import { cacheFeatures, calibrate, evaluate, featureCacheOf, PRESETS, train } from './index.js';

// Hundreds of tiles: the fast backend.

await tf.setBackend('onnx');

const config: DetectorConfig = tiledConfig;
const CLASSES = config.classes;

/** A spot of 3 x 3 pixels, darker than its place by 100. */
function spotted(image: RgbImage, seed: number): RenderedSample {
  const random = new Random(deriveSeed(seed, 'spot'));
  const [left, top] = [2 + random.int(image.width - 6), 2 + random.int(image.height - 6)];
  const data = image.data.slice();
  const mask = new Uint8Array(image.width * image.height);
  for (let y = top; y < top + 3; y++) {
    for (let x = left; x < left + 3; x++) {
      for (let c = 0; c < 3; c++) {
        const at = 3 * (y * image.width + x) + c;
        data[at] = Math.max(0, (data[at] as number) - 100);
      }
      mask[y * image.width + x] = 1;
    }
  }
  return { image: { ...image, data }, mask: { width: image.width, height: image.height, data: mask } };
}

const sampleOf = (
  className: string,
  split: Sample['split'],
  i: number,
  make: () => RenderedSample,
): Sample => {
  const render = make;
  const anomalous = render().mask !== undefined;
  return {
    id: `${className}/${split}/${i}`,
    className,
    classIndex: CLASSES.indexOf(className),
    split,
    label: anomalous ? 'anomalous' : 'normal',
    ...(anomalous ? { defect: 'spot' } : {}),
    render,
  };
};

/** A detector with all its parts, none of them trained. */
const plausible = (changes: Partial<DetectorConfig> = {}): MintDetector =>
  MintDetector.fromState({
    ...MintDetector.create({ ...config, ...changes }).toState(),
    ...plausibleParts(),
  });

const { tiles: _, ...wholeInput } = config.input;

/** Images of `width` x `height`: good ones to learn, good and spotted ones to test. */
function datasetOf(width: number, height: number, { learn = 8, test: tests = 6 } = {}) {
  const samples = CLASSES.flatMap((name, k) => {
    const image = (i: number) => texture(name, width, height, 100 * k + i);
    const several = (split: Sample['split'], count: number, from: number, spot: boolean) =>
      Array.from({ length: count }, (_item, i) => {
        const made = spot ? spotted(image(from + i), from + i) : { image: image(from + i) };
        return sampleOf(name, split, from + i, () => made);
      });
    return [
      ...several('train', learn, 0, false),
      ...several('test', tests, 30, false),
      ...several('test', tests, 60, true),
    ];
  });
  return { name: 'waves', classes: CLASSES, samples, warnings: [] };
}

async function learned(
  dataset: ReturnType<typeof datasetOf>,
  changes: Partial<DetectorConfig>,
  epochs: number,
) {
  const blank = MintDetector.create({ ...config, ...changes });
  const cache = featureCacheOf(await mkdtemp(join(tmpdir(), 'mint-large-')), blank);
  const normals = dataset.samples.filter(({ split }) => split === 'train');
  const { fit, holdout } = splitHoldout(normals, 0.3, 1);
  const samples = await cacheFeatures(blank, cache, fit);
  const { detector, steps } = await train(blank, {
    cache,
    samples,
    config: { ...PRESETS.cpu.train, seed: 1, epochs, learningRate: 1e-2, dropout: 0 },
  });
  const calibration = await calibrate(detector, cache, holdout, 0.3);
  return {
    detector: MintDetector.fromState({ ...detector.toState(), calibration }),
    cache,
    samples,
    fit,
    holdout,
    steps,
  };
}

describe('train, calibrate, evaluate', () => {
  const dataset = datasetOf(251, 181);
  const judge = ({ detector, cache }: Awaited<ReturnType<typeof learned>>) =>
    evaluate(detector, { cache, dataset, backend: 'onnx', seed: 1, replicates: 0 });

  test('a spot of three pixels in a large image is found in tiles, and lost in the shrunk image', async () => {
    const run = await learned(dataset, {}, 1);
    const tiles = (await judge(run)).classMean;
    const whole = (await judge(await learned(dataset, { input: wholeInput }, 30))).classMean;
    expect(tiles.imageAuroc).toBeGreaterThan(0.95);
    expect(tiles.pixelAuroc).toBeGreaterThan(0.95);
    expect(whole.imageAuroc).toBeLessThan(0.8);

    // Each tile of an image to learn is a training sample, no tile of a held-out one; limits are by image.
    const { samples, fit, holdout, detector } = run;
    const perImage = autoTiles({ width: 251, height: 181 }, config.input)?.tiles.length ?? 0;
    expect(samples).toHaveLength(fit.length * perImage);
    expect(new Set(samples.map(({ key }) => key)).size).toBe(samples.length);
    const held = new Set(holdout.map(({ id }) => id));
    expect(new Set(samples.map(({ sample }) => sample.id))).toEqual(new Set(fit.map(({ id }) => id)));
    expect(samples.some(({ sample }) => held.has(sample.id))).toBe(false);
    expect(Object.values(detector.calibration?.normalScores ?? {}).flat()).toHaveLength(holdout.length);

    // Saved and loaded it gives the same scores, and they are those the limits were made of.
    const folder = await mkdtemp(join(tmpdir(), 'mint-large-model-'));
    await detector.save(folder);
    const loaded = await MintDetector.load(folder);
    expect(loaded.config.input).toEqual(config.input);
    const [first] = holdout;
    const image = first?.render?.().image ?? { width: 0, height: 0, data: new Uint8Array() };
    const { prediction } = await predictImage(loaded, image);
    expect(prediction).toEqual((await predictImage(detector, image)).prediction);
    expect(detector.calibration?.normalScores[first?.className ?? '']).toContain(prediction.score);
  });

  test('images of many sizes, large and small, are evaluated together, each at the size of its map', async () => {
    const detector = plausible();
    const sizes = [
      [48, 32],
      [131, 83],
      [97, 41],
      [60, 47],
    ] as const;
    const samples = sizes.flatMap(([width, height], i) => {
      const image = texture('nut', width, height, i);
      return [{ image }, spotted(image, i)].map((made, k) => sampleOf('nut', 'test', 2 * i + k, () => made));
    });
    const cache = featureCacheOf(await mkdtemp(join(tmpdir(), 'mint-large-')), detector);
    const seen: string[] = [];
    const options = { cache, backend: 'onnx', seed: 1, replicates: 0 };
    const dataset = { name: 'sizes', classes: CLASSES, samples, warnings: [] };
    const metrics = await evaluate(detector, {
      ...options,
      dataset,
      onImage: ({ prediction, image, mask }) => {
        const { width, height, anomalyMap } = prediction;
        expect(image.data).toHaveLength(3 * width * height);
        expect(anomalyMap).toHaveLength(width * height);
        if (mask !== undefined) expect(mask).toMatchObject({ width, height });
        seen.push(`${width}x${height}`);
      },
    });
    expect(seen).toEqual(['48x32', '131x83', '97x41', '48x32'].flatMap((size) => [size, size]));
    expect(metrics.perClass.nut).toMatchObject({ normal: 4, anomalous: 4, pixelAuroc: expect.any(Number) });
    expect(metrics.pooled.pixelAuroc).toBeUndefined();
    expect(metrics).not.toHaveProperty('auProAtSecondLimit');
    expect(metrics.protocol).toMatchObject({
      resize: 'pillow-bilinear to 48x32, larger pictures in tiles of 48x32',
      evaluationSize: '48x32, the picture as taken where it is in tiles',
    });
    const taken: number[] = [];
    const mvtec = await evaluate(detector, {
      ...options,
      dataset,
      protocol: 'mvtec',
      onImage: ({ prediction }) => taken.push(prediction.anomalyMap.length),
    });
    expect(taken).toEqual([48 * 32, 131 * 83, 97 * 41, 48 * 32].flatMap((size) => [size, size]));
    expect(mvtec.protocol.evaluationSize).toBe('the picture as taken');
    expect(Object.keys(mvtec.auProAtSecondLimit ?? {})).toEqual(['nut']);
    // Images in tiles are evaluated as taken anyway.
    const large = { ...dataset, samples: samples.slice(2, 6) };
    const [own, asTaken] = [
      await evaluate(detector, { ...options, dataset: large }),
      await evaluate(detector, { ...options, dataset: large, protocol: 'mvtec' }),
    ];
    expect(asTaken.perClass.nut?.pixelAuroc).toBe(own.perClass.nut?.pixelAuroc);
    expect(asTaken.perClass.nut?.auPro).toBe(own.perClass.nut?.auPro);
  });
});

describe('features of tiles and variants', () => {
  const image = texture('nut', 131, 83, 1);
  const large = sampleOf('nut', 'train', 0, () => ({ image }));
  const augmentation = { mirror: true, brightness: 0.2, copies: 2 };
  const detector = plausible();
  const cacheIn = async () => featureCacheOf(await mkdtemp(join(tmpdir(), 'mint-large-')), detector);

  /** Features of images at input size, one by one. */
  const computed = async (pixels: Uint8Array) => {
    const features = detector.features(tf.tensor4d(pixels, [1, 32, 48, 3], 'int32'));
    return tf.tensor1d(await features.data<'float32'>());
  };

  test('each is stored under a key of its own, in the order of the tiles', async () => {
    const cache = await cacheIn();
    const samples = await cacheFeatures(detector, cache, [large]);
    const tiles = autoTiles(image, config.input)?.tiles ?? [];
    expect(samples).toHaveLength(tiles.length);
    const [{ contentHash } = { contentHash: '' }] = samples;
    expect(new Set([contentHash, ...samples.map(({ key }) => key)]).size).toBe(tiles.length + 1);
    expect(samples.every((sample) => sample.contentHash === contentHash)).toBe(true);
    const { features, missing } = await cache.read(samples.map(({ key }) => key));
    expect(missing).toEqual([]);
    const size = features.length / tiles.length;
    for (const [i, tile] of tiles.entries()) {
      const own = tf.tensor1d(features.subarray(i * size, (i + 1) * size));
      expect(own).toBeAllClose(await computed(cutTile(image, tile).data));
    }
    expect((await cache.read([contentHash])).missing).toEqual([0]);
  });

  test('an image and its variants: the same for a seed, others for another seed or other changes', async () => {
    const small = texture('bolt', 48, 32, 1);
    const sample = sampleOf('bolt', 'train', 0, () => ({ image: small }));
    const cache = await cacheIn();
    const of = async (augment: typeof augmentation, seed: number) =>
      (await cacheFeatures(detector, cache, [sample], { augment, seed })).map(({ key }) => key);
    const keys = await of(augmentation, 5);
    expect(keys).toHaveLength(3);
    const [own = '', ...variants] = keys;
    expect(await cacheFeatures(detector, cache, [sample])).toEqual([{ sample, contentHash: own, key: own }]);
    expect(await of({ copies: 2, brightness: 0.2, mirror: true }, 5)).toEqual(keys);
    const others = [...(await of(augmentation, 6)), ...(await of({ ...augmentation, brightness: 0.3 }, 5))];
    expect(others.filter((key) => key === own)).toHaveLength(2);
    expect(new Set([...keys, ...others]).size).toBe(1 + 2 + 2 + 2);
    // What is stored is the changed image: drawn as the key says.
    const { features } = await cache.read(variants);
    const size = features.length / 2;
    for (const [copy] of variants.entries()) {
      const seed = deriveSeed(5, 'augment', own, copy);
      const changed = augment({ image: small }, { mirror: true, brightness: 0.2 }, seed).image;
      expect(changed.data).not.toEqual(small.data);
      expect(tf.tensor1d(features.subarray(copy * size, (copy + 1) * size))).toBeAllClose(
        await computed(changed.data),
      );
    }
  });

  test('training with variants, interrupted and resumed, equals an uninterrupted run bit for bit', async () => {
    const cache = await cacheIn();
    const fit = datasetOf(48, 32, { learn: 3, test: 1 }).samples.filter(({ split }) => split === 'train');
    const samples = await cacheFeatures(detector, cache, fit, {
      augment: augmentation,
      seed: 1,
    });
    expect(samples).toHaveLength(3 * 6);
    const trainConfig = { ...PRESETS.cpu.train, seed: 1, epochs: 3, augment: augmentation };
    const options = { cache, samples, config: trainConfig };
    const whole = await train(detector, options);
    const runFolder = await mkdtemp(join(tmpdir(), 'mint-large-run-'));
    const stop = new AbortController();
    await train(detector, { ...options, runFolder, signal: stop.signal, onStep: () => stop.abort() });
    const resumed = await train(detector, { ...options, runFolder, resume: true });
    expect(resumed.steps).toBe(6);
    expect(resumed.detector.toState()).toEqual(whole.detector.toState());
    // Other variants are other images.
    const other = await cacheFeatures(detector, cache, fit, { augment: augmentation, seed: 2 });
    await expect(train(detector, { ...options, samples: other, runFolder, resume: true })).rejects.toThrow(
      'other settings, classes or images',
    );
  });

  test.each([
    [{ copies: 0 }, '`augment.copies`'],
    [{ copies: 1, rotate: 60 }, '`rotate` must lie in [0, 45], got 60'],
    [{ copies: 1, quarterTurns: true }, 'need a square image, got 48x32'],
  ])('refuses %o before it reads an image', async (wrong, message) => {
    const read = vi.fn(() => ({ image }));
    const sample = { ...large, render: read };
    const cache = await cacheIn();
    await expect(cacheFeatures(detector, cache, [sample], { augment: wrong })).rejects.toThrow(message);
    expect(read).not.toHaveBeenCalled();
  });
});
