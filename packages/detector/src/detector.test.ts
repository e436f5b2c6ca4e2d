import { mkdtemp, readFile, rename, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MintError, Random } from '@mint/internal';
import { weightsIn } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DetectorConfig,
  MintDetector,
  PlaceMoments,
  type Prediction,
  placeWhitening,
  randomDirections,
  whiteningMatrix,
} from './index.js';

const tiny = tinyConfig(['nut', 'bolt', 'washer']);
const config: DetectorConfig = {
  ...tiny,
  input: { ...tiny.input, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] },
  backbone: { kind: 'scattering' },
  grid: [3, 5],
  network: { ...tiny.network, feedForward: 16, decoderLayers: 2 },
  queries: { ...tiny.queries, embedding: 4, trunkWidth: 8, classifierWidth: 6 },
  seed: 5,
};

const imagesOf = (count: number, seed: number): tf.Tensor4D => {
  const random = new Random(seed);
  return tf.tensor4d(
    Float32Array.from({ length: count * 32 * 32 * 3 }, () => random.int(256)),
    [count, 32, 32, 3],
  );
};

const calibration = {
  alpha: 0.4,
  thresholds: { nut: { image: 2.5, pixel: 4, ood: 3 }, bolt: { image: 1, pixel: 2 } },
  heatScales: { nut: [0.5, 1] },
  heatScale: [0.25, 2],
  history: [
    {
      date: '2026-01-01T00:00:00.000Z',
      alphaBefore: 0.5,
      alpha: 0.4,
      pictures: 2,
      added: ['0123456789abcdef'],
    },
  ],
  normalScores: { nut: [1, 2.5] },
  normalMaxima: { nut: [3, 4] },
  normalOodScores: { nut: [1, 3] },
  normalBrightness: { nut: [99.5, 120] },
} as const;
const imageSets = {
  fit: ['0123456789abcdef', '00000000000000ff'],
  heldOut: [],
  test: ['fedcba9876543210'],
};

/** A detector with plausible statistics and a calibration, as a training run leaves it. */
async function trained(): Promise<MintDetector> {
  const blank = MintDetector.create(config);
  const features = blank.features(imagesOf(4, 1));
  const { mean, variance } = tf.moments(features, [0, 1, 2]);
  const detector = MintDetector.create(config, {
    featureStats: {
      mean: await mean.data<'float32'>(),
      std: await tf.sqrt(tf.add(variance, 1e-3)).data<'float32'>(),
    },
  });
  blank.dispose();
  return MintDetector.fromState({
    ...detector.toState(),
    whitening: whiteningMatrix(
      Float64Array.from({ length: 147 ** 2 }, (_, i) => Number(i % 148 === 0) + 0.1),
      147,
    ),
    classStats: {
      means: Float32Array.from({ length: 3 * 147 }, (_, i) => (i % 7) / 7),
      std: new Float32Array(147).fill(0.5),
    },
    calibration,
    images: imageSets,
    provenance: { dataset: 'x', steps: 3 },
  });
}

describe('MintDetector', () => {
  test('predicts bit-equal after saving and loading, calibration included', async () => {
    const detector = await trained();
    const folder = join(await mkdtemp(join(tmpdir(), 'mint-model-')), 'model');
    await detector.save(folder);
    const loaded = await MintDetector.load(folder);
    const images = imagesOf(3, 2);
    expect(await loaded.predict(images)).toEqual(await detector.predict(images));
    expect(loaded.config).toEqual(config);
    expect(loaded.calibration).toEqual(calibration);
    expect(loaded.toState().images).toEqual(imageSets);
    expect(loaded.provenance).toEqual({ dataset: 'x', steps: 3 });
  });

  test('whitened by class, each image is measured with the matrix of its recognised class', async () => {
    const joint = (await trained()).toState();
    const size = 147 ** 2;
    // Matrices 1, 2 and 3 times the joint one: maps and scores must be so many times the joint ones.
    const whitening = Float32Array.from(
      { length: 3 * size },
      (_, i) => (1 + Math.floor(i / size)) * (joint.whitening?.[i % size] ?? 0),
    );
    const detector = MintDetector.fromState({
      ...joint,
      config: { ...config, map: 'whitened-by-class' },
      whitening,
    });
    const images = tf.concat([imagesOf(5, 2), tf.fill([2, 32, 32, 3], 255), tf.zeros([2, 32, 32, 3])]);
    const expected = await MintDetector.fromState(joint).predict(images as tf.Tensor4D);
    const got = await detector.predict(images as tf.Tensor4D);
    expect(new Set(got.map(({ className }) => className)).size).toBeGreaterThan(1);
    got.forEach(({ className = '', score, anomalyMap }, i) => {
      const times = 1 + config.classes.indexOf(className);
      expect(score / (expected[i]?.score ?? 0)).toBeCloseTo(times, 4);
      expect(Math.max(...anomalyMap) / Math.max(...(expected[i]?.anomalyMap ?? []))).toBeCloseTo(times, 4);
    });
    const folder = join(await mkdtemp(join(tmpdir(), 'mint-model-')), 'model');
    await detector.save(folder);
    expect(await (await MintDetector.load(folder)).predict(images as tf.Tensor4D)).toEqual(got);
    const one = { ...detector.toState(), whitening: whitening.slice(0, size) };
    const file = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
    file.config.map = 'whitened';
    await writeFile(join(folder, 'model.json'), JSON.stringify(file));
    await expect(MintDetector.load(folder)).rejects.toThrow('expected the model weights in at most');
    expect(() => MintDetector.fromState(one)).toThrow();
    expect(() => MintDetector.create({ ...config, map: 'whitened-by-class', model: 'uniad' })).toThrow(
      'UniAD knows no classes',
    );
  });

  test('whitened by class and place, it predicts bit-equal after saving and loading, and leaves no tensor', async () => {
    const { whitening: _, ...state } = (await trained()).toState();
    const [width, places] = [7, 15];
    const directions = randomDirections(147, width, 1);
    const random = new Random(4);
    const moments = config.classes.map(() => {
      const builder = new PlaceMoments(places, width);
      builder.add(Float32Array.from({ length: 9 * places * width }, () => random.normal()));
      return builder.result();
    });
    const placed: DetectorConfig = { ...config, map: 'whitened-by-class-and-place' };
    const shrinkage = { images: 3, tokens: 3 };
    const before = tf.memory().numTensors;
    const detector = MintDetector.fromState({
      ...state,
      config: placed,
      placeWhitening: placeWhitening(directions, 147, moments, shrinkage),
    });
    const folder = join(await mkdtemp(join(tmpdir(), 'mint-model-')), 'model');
    await detector.save(folder);
    const loaded = await MintDetector.load(folder);
    const images = imagesOf(3, 2);
    expect(await loaded.predict(images)).toEqual(await detector.predict(images));
    expect(loaded.toState().placeWhitening).toEqual(detector.toState().placeWhitening);
    for (const each of [images, detector, loaded]) each.dispose();
    expect(tf.memory().numTensors).toBe(before);

    const refused = async (from: string, to: string) => {
      const path = join(folder, 'model.json');
      const json = await readFile(path, 'utf8');
      await writeFile(path, json.replace(from, to));
      await expect(MintDetector.load(folder)).rejects.toThrow(
        expect.objectContaining({ code: 'CORRUPT_FILE' }),
      );
      await writeFile(path, json);
    };
    await refused('-and-place', '');
    await refused('"config"', '"addedClasses": 1, "config"');
    await refused('"mint-ad"', '"uniad"');
    expect(() => MintDetector.create({ ...placed, model: 'uniad' })).toThrow('UniAD knows no classes');
  });

  test('writes its description alone, and only beside its own weights', async () => {
    const detector = await trained();
    const folder = join(await mkdtemp(join(tmpdir(), 'mint-model-')), 'model');
    await detector.save(folder);
    const path = await weightsIn(folder);
    const before = await stat(path);
    const changed = MintDetector.fromState({
      ...detector.toState(),
      calibration: { ...calibration, alpha: 0.5 },
    });
    await changed.saveDescription(folder);
    expect(await stat(path)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
    expect((await MintDetector.load(folder)).calibration?.alpha).toBe(0.5);
    const other = MintDetector.create({ ...config, map: 'distance', seed: 6 });
    await expect(other.saveDescription(folder)).rejects.toThrow('holds other weights');
  });

  test('gives an out-of-distribution score for each class, higher for unlikely classes', async () => {
    const detector = await trained();
    const [prediction] = await detector.predict(imagesOf(1, 4));
    const { oodScores = [], classPosterior = [] } = prediction as Prediction;
    const { classStats, ...rest } = detector.toState();
    const [without] = await MintDetector.fromState(rest).predict(imagesOf(1, 4));
    expect(without?.oodScores).toBeUndefined();
    expect(oodScores).toHaveLength(3);
    const features = await detector.features(imagesOf(1, 4)).data<'float32'>();
    const mean = Array.from({ length: 147 }, (_, c) =>
      features.reduce((sum, v, at) => sum + (at % 147 === c ? v / 15 : 0), 0),
    );
    for (const k of [0, 1, 2]) {
      const distance = mean.reduce(
        (sum, v, c) => sum + ((v - (classStats?.means[k * 147 + c] ?? 0)) / 0.5) ** 2 / 147,
        0,
      );
      expect(oodScores[k]).toBeCloseTo(distance - Math.log(classPosterior[k] ?? 0), 3);
    }
  });

  test('a score does not depend on the other images of the batch', async () => {
    const detector = await trained();
    const images = imagesOf(3, 3);
    const together = await detector.predict(images);
    for (let i = 0; i < 3; i++) {
      const [alone] = await detector.predict(tf.slice(images, [i, 0, 0, 0], [1, 32, 32, 3]));
      const { score, classPosterior } = together[i] as Prediction;
      expect(alone?.score).toBeCloseTo(score, 4);
      expect(alone?.className).toBe((together[i] as Prediction).className);
      expect(alone?.classPosterior?.[0]).toBeCloseTo(classPosterior?.[0] ?? Number.NaN, 5);
    }
  });

  test('the class is the most probable one and the posterior sums to one', async () => {
    const detector = await trained();
    for (const { classPosterior = new Float32Array(), className = '' } of await detector.predict(
      imagesOf(4, 4),
    )) {
      expect(classPosterior.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      expect(classPosterior[config.classes.indexOf(className)]).toBe(Math.max(...classPosterior));
    }
  });

  test('UniAD predicts no class', async () => {
    const detector = MintDetector.create({ ...config, model: 'uniad' });
    const [prediction] = await detector.predict(imagesOf(1, 4));
    expect(prediction).toEqual({
      anomalyMap: expect.any(Float32Array),
      width: 32,
      height: 32,
      score: expect.any(Number),
    });
  });

  test('frees all it made', async () => {
    const before = tf.memory().numTensors;
    const detector = MintDetector.create(config);
    const images = imagesOf(2, 1);
    await detector.predict(images);
    images.dispose();
    detector.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    ['no class', { ...config, classes: [] }, 'non-empty'],
    ['a class twice', { ...config, classes: ['a', 'a'] }, 'without repeats'],
    [
      'tiles beside a crop',
      { ...config, input: { ...config.input, tiles: 'auto' as const, resize: 64 } },
      'cannot be combined',
    ],
    [
      'no weights for EfficientNet',
      { ...config, backbone: { kind: 'efficientnet', variant: 'b0', blocks: [1], padding: 'same' } as const },
      'readBackboneWeights',
    ],
  ])('refuses %s', (_name, bad, message) => {
    expect(() => MintDetector.create(bad)).toThrow(message);
  });

  test('refuses images of another size', async () => {
    await expect(MintDetector.create(config).predict(tf.zeros([1, 32, 31, 3]))).rejects.toThrow(
      '[B, 32, 32, 3], got [1,32,31,3]',
    );
  });
});

describe('a model folder from an untrusted source', () => {
  const saved = async (): Promise<{ folder: string; json: string }> => {
    const folder = await mkdtemp(join(tmpdir(), 'mint-model-'));
    await (await trained()).save(folder);
    return { folder, json: await readFile(join(folder, 'model.json'), 'utf8') };
  };
  const failure = async (folder: string): Promise<MintError> => {
    const error = await MintDetector.load(folder).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!MintError.isInstance(error)) throw new Error(`expected a MintError, got ${String(error)}`);
    return error;
  };

  test('that is missing, truncated, swapped or newer is refused by name', async () => {
    const { folder, json } = await saved();
    expect(await failure(join(folder, 'nowhere'))).toMatchObject({ code: 'NOT_FOUND' });
    await writeFile(join(folder, 'model.json'), json.replace('"version": 1', '"version": 2'));
    expect(await failure(folder)).toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      message: expect.stringContaining('version 2'),
    });
    await writeFile(join(folder, 'model.json'), json.replace('"hidden": 8', '"hidden": 1e12'));
    expect(await failure(folder)).toMatchObject({
      code: 'CORRUPT_FILE',
      message: expect.stringContaining('network.hidden'),
    });
    await writeFile(join(folder, 'model.json'), json.replace('"hidden": 8', '"hidden": 10'));
    expect(await failure(folder)).toMatchObject({
      code: 'CORRUPT_FILE',
      message: expect.stringContaining('network/'),
    });
    await writeFile(join(folder, 'model.json'), json);
    await truncate(await weightsIn(folder), 900);
    expect(await failure(folder)).toMatchObject({
      code: 'CORRUPT_FILE',
      message: expect.stringContaining('SHA-256'),
    });
  });

  test('keeps limits that were edited by hand, and names those that cannot be', async () => {
    const { folder, json } = await saved();
    const edit = async (change: object) => {
      const content = JSON.parse(json);
      await writeFile(
        join(folder, 'model.json'),
        JSON.stringify({ ...content, calibration: { ...content.calibration, ...change } }),
      );
    };
    await edit({ thresholds: { nut: { image: 1.25, pixel: 4 } } });
    const loaded = await MintDetector.load(folder);
    const prediction = { anomalyMap: new Float32Array(1), score: 2, className: 'nut' };
    expect(loaded.decide(prediction).decision).toBe('alarm');
    expect((await trained()).decide(prediction).decision).toBe('ok');
    for (const [change, message] of [
      [{ thresholds: { nut: { image: '2', pixel: 4 } } }, "thresholds.nut.image' must be a finite number"],
      [
        { thresholds: { nutt: { image: 2, pixel: 4 } } },
        "thresholds.nutt' must be under the name of a class",
      ],
      [{ thresholds: { nut: { image: 2 } } }, "thresholds.nut.pixel' must be a finite number, got nothing"],
      [{ alpha: 1 }, "alpha' must be between 0 and 1"],
    ] as const) {
      await edit(change);
      expect((await failure(folder)).message).toContain(message);
    }
  });

  test('with a field that this version does not know is refused by name: it may change what scores mean', async () => {
    const { folder, json } = await saved();
    for (const [place, path] of [
      ['"config": {', 'model.config.colour'],
      ['"input": {', 'model.config.input.colour'],
      ['"calibration": {', 'model.calibration.colour'],
      ['"weights": {', 'model.weights.colour'],
      ['{', 'model.colour'],
    ] as const) {
      await writeFile(join(folder, 'model.json'), json.replace(place, `${place} "colour": 2,`));
      expect(await failure(folder)).toMatchObject({
        code: 'UNSUPPORTED_VERSION',
        message: expect.stringMatching(`model.json: '${path}' is not known .* update`),
      });
    }
    await writeFile(join(folder, 'model.json'), json.replace('"steps": 3', '"steps": 3, "line": "A"'));
    expect((await MintDetector.load(folder)).provenance).toMatchObject({ line: 'A' });
  });

  test('with a weight that is not finite is refused: every score would be NaN', async () => {
    const { folder } = await saved();
    const state = (await MintDetector.load(folder)).toState();
    await MintDetector.fromState({ ...state, featureMean: state.featureMean.fill(Number.NaN, 3, 4) }).save(
      folder,
    );
    expect(await failure(folder)).toMatchObject({
      code: 'CORRUPT_FILE',
      message: expect.stringContaining("tensor 'features/mean' holds values that are not finite"),
    });
  });

  test('that leads elsewhere is not followed', async () => {
    const { folder } = await saved();
    const elsewhere = join(await mkdtemp(join(tmpdir(), 'mint-model-')), 'secret');
    await rename(join(folder, 'model.json'), elsewhere);
    await symlink(elsewhere, join(folder, 'model.json'));
    expect(await failure(folder)).toMatchObject({
      code: 'CORRUPT_FILE',
      message: expect.stringContaining('model.json: is a link'),
    });
  });

  test('has lists of numbers on one line, limits first, hashes that are checked', async () => {
    const { folder, json } = await saved();
    expect(json).toContain('"normalScores": {\n      "nut": [ 1, 2.5 ]\n    }');
    expect(json.indexOf('"thresholds"')).toBeLessThan(json.indexOf('"normalScores"'));
    await writeFile(join(folder, 'model.json'), json.replace('fedcba9876543210', 'fedcba987654321'));
    expect((await failure(folder)).message).toContain("pictures.test' must be 16-digit");
  });

  test('with any one byte of its description changed still loads or is refused as corrupt', async () => {
    const { folder, json } = await saved();
    await fc.assert(
      fc.asyncProperty(fc.nat(json.length - 1), fc.integer({ min: 32, max: 126 }), async (at, code) => {
        const mutated = json.slice(0, at) + String.fromCharCode(code) + json.slice(at + 1);
        await writeFile(join(folder, 'model.json'), mutated);
        try {
          (await MintDetector.load(folder)).dispose();
        } catch (error) {
          if (!MintError.isInstance(error) || !['CORRUPT_FILE', 'UNSUPPORTED_VERSION'].includes(error.code))
            throw error;
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });
});
