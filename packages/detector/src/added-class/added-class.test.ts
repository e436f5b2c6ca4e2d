import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors, Random } from '@mint/internal';
import { weightsIn } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AddedClass,
  type DetectorConfig,
  type DetectorState,
  MintDetector,
  type PlaceWhitening,
  type Prediction,
  randomDirections,
} from '../index.js';
import { recognisedClass } from './added-class.js';

const CHANNELS = 19;
const EMBEDDING = 5;
const tiny = tinyConfig(['nut', 'bolt', 'washer']);
const config: DetectorConfig = {
  ...tiny,
  input: { ...tiny.input, height: 24, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] },
  grid: [2, 3],
  featureScaling: 'none',
  network: { ...tiny.network, decoderLayers: 2 },
  queries: { ...tiny.queries, embedding: EMBEDDING, trunkWidth: 7, classifierWidth: 6 },
  seed: 5,
};

const drawn = (random: Random, length: number, scale = 1) =>
  Float32Array.from({ length }, () => scale * random.normal());

const features = (count: number, seed: number): tf.Tensor4D =>
  tf.tensor4d(drawn(new Random(seed), count * 6 * CHANNELS), [count, 2, 3, CHANNELS]);

const BY_PLACE = 'whitened-by-class-and-place';
const [PLACES, DIRECTIONS] = [6, 4];
const TRIANGLE = (DIRECTIONS * (DIRECTIONS + 1)) / 2;

/** Quarters, which float16 holds exactly. */
const drawnTriangles = (random: Random, count: number) =>
  drawn(random, count * TRIANGLE, 8).map((v) => Math.round(v) / 4);

const drawnPlaces = (random: Random): PlaceWhitening => ({
  directions: randomDirections(CHANNELS, DIRECTIONS, 3),
  triangles: drawnTriangles(random, 3 * PLACES),
  shared: drawn(random, TRIANGLE),
});

/** A trained detector whose limit of oodScores lies at `limit` for every class. */
function trained(limit: number, change: Partial<DetectorConfig> = {}): DetectorState {
  const random = new Random(1);
  const state = MintDetector.create({ ...config, ...change }).toState();
  const limits = { image: 1, pixel: 2, ood: limit };
  const whitening = drawn(random, CHANNELS ** 2);
  return {
    ...state,
    ...(change.map === BY_PLACE ? { placeWhitening: drawnPlaces(new Random(2)) } : { whitening }),
    classStats: { means: drawn(random, 3 * CHANNELS), std: new Float32Array(CHANNELS).fill(0.7) },
    calibration: {
      alpha: 0.1,
      thresholds: { nut: limits, bolt: limits, washer: limits },
      heatScales: {},
      heatScale: [0, 1],
      normalScores: {},
      normalMaxima: {},
    },
  };
}

const addedClass = (random: Random, scale: number, byPlace: boolean): AddedClass => ({
  weights: { embedding: { shape: [EMBEDDING], data: drawn(random, EMBEDDING) } },
  mean: drawn(random, CHANNELS, scale),
  ...(byPlace ? { triangles: drawnTriangles(random, PLACES) } : { whitening: drawn(random, CHANNELS ** 2) }),
});

const withAdded = (state: DetectorState, ...names: string[]): DetectorState => ({
  ...state,
  config: { ...state.config, classes: [...state.config.classes, ...names] },
  added: names.map((_, i) =>
    addedClass(new Random(10 + i), i === 0 ? 1 : 0.2, state.placeWhitening !== undefined),
  ),
});

/** What the first detector knows of a later prediction. */
const asBefore = ({ classPosterior, oodScores, ...rest }: Prediction, classes: number) => ({
  ...rest,
  classPosterior: classPosterior?.slice(0, classes),
  oodScores: oodScores?.slice(0, classes),
});

describe('added classes', () => {
  test.each([
    ['soft', 'whitened'],
    ['hard', 'whitened'],
    ['label', 'whitened'],
    ['soft', BY_PLACE],
  ] as const)(
    'leave every image in which none of them is recognised as it was, bit for bit: %s, %s',
    async (mode, map) => {
      // At this threshold some images are out of distribution for their class, some are not.
      const state = trained(4.5, { map, queries: { ...config.queries, mode } });
      const before = MintDetector.fromState(state);
      const after = MintDetector.fromState(withAdded(state, 'rod', 'pin'));
      const taken = { rod: 0, pin: 0, none: 0 };
      for (let seed = 0; seed < 12; seed++) {
        const input = features(5, seed);
        const [old, now] = [await before.predictFeatures(input), await after.predictFeatures(input)];
        now.forEach((prediction, i) => {
          const name =
            prediction.className === 'rod' || prediction.className === 'pin' ? prediction.className : 'none';
          taken[name] += 1;
          if (name === 'none') expect(asBefore(prediction, 3)).toEqual(old[i]);
          else expect(before.decide(old[i] as Prediction).decision).toBe('unknown class');
        });
        // When the class is given, nothing at all may change, in any batch.
        const given = old.map(({ className }) => className);
        const givenToo = await after.predictFeatures(input, given);
        expect(givenToo.map((prediction) => asBefore(prediction, 3))).toEqual(old);
      }
      expect(Math.min(taken.rod, taken.pin, taken.none)).toBeGreaterThan(0);
    },
  );

  test('a detector to which a second class is added predicts for images of the first what it predicted before', async () => {
    const one = MintDetector.fromState(withAdded(trained(4.5), 'rod'));
    const two = MintDetector.fromState(withAdded(trained(4.5), 'rod', 'pin'));
    let rods = 0;
    for (let seed = 0; seed < 12; seed++) {
      const input = features(5, seed);
      const [old, now] = [await one.predictFeatures(input), await two.predictFeatures(input)];
      now.forEach((prediction, i) => {
        // A rod has no limits here, so it is never given away.
        if (old[i]?.className !== 'rod') return;
        rods += 1;
        expect(asBefore(prediction, 4)).toEqual(old[i]);
      });
    }
    expect(rods).toBeGreaterThan(0);
  });

  test.each(['whitened', BY_PLACE] as const)(
    'score images with their own prompt and whitening: %s',
    async (map) => {
      const state = withAdded(trained(4.5, { map }), 'rod');
      const [rod] = state.added ?? [];
      if (rod === undefined) throw new Error('no class was added');
      const detector = MintDetector.fromState(state);
      const input = features(2, 3);
      const predictions = await detector.predictFeatures(input, 'rod');
      // The same as a detector of one class with that embedding: a posterior of 1 makes it the prompt.
      const { network } = state;
      const shapes = { 'classifier/dense2/kernel': [6, 1], 'classifier/dense2/bias': [1] };
      const alone = MintDetector.fromState({
        ...state,
        added: undefined,
        config: { ...config, map, classes: ['rod'] },
        network: {
          ...network,
          ...Object.fromEntries(
            Object.entries(shapes).map(([name, shape]) => [
              name,
              { shape, data: new Float32Array(shape[0] ?? 0) },
            ]),
          ),
          classEmbedding: { shape: [1, EMBEDDING], data: rod.weights.embedding?.data ?? new Float32Array() },
        },
        whitening: rod.whitening,
        placeWhitening: state.placeWhitening &&
          rod.triangles && { ...state.placeWhitening, triangles: rod.triangles },
        classStats: { means: rod.mean, std: new Float32Array(CHANNELS).fill(0.7) },
      });
      const expected = await alone.predictFeatures(input);
      predictions.forEach((prediction, i) => {
        expect(prediction.className).toBe('rod');
        expect([...(prediction.classPosterior ?? [])]).toEqual([0, 0, 0, 1]);
        expect(tf.tensor1d(prediction.anomalyMap)).toBeAllClose(tf.tensor1d(expected[i]?.anomalyMap ?? []));
        expect(prediction.score).toBeCloseTo(expected[i]?.score ?? Number.NaN, 4);
        expect(prediction.oodScores?.[3]).toBeCloseTo(expected[i]?.oodScores?.[0] ?? Number.NaN, 5);
      });
    },
  );

  test('are freed with the detector, and predictions leave nothing behind', async () => {
    const before = tf.memory().numTensors;
    const detector = MintDetector.fromState(withAdded(trained(0), 'rod', 'pin'));
    const trainedOnly = tf.memory().numTensors;
    const input = features(3, 1);
    await detector.predictFeatures(input);
    await detector.predictFeatures(input, ['rod', undefined, 'nut']);
    input.dispose();
    expect(tf.memory().numTensors).toBe(trainedOnly);
    detector.dispose();
    // `trained` makes a detector of its own.
    const { network } = trained(0);
    expect(tf.memory().numTensors - before).toBe(2 * (Object.keys(network).length + 2));
  });

  test('need class statistics', async () => {
    const { classStats: _, ...state } = withAdded(trained(0), 'rod');
    await expect(MintDetector.fromState(state).predictFeatures(features(1, 1))).rejects.toThrow('classStats');
  });
});

describe('recognisedClass()', () => {
  const calibration = (limits: Readonly<Record<string, number>>) => ({
    alpha: 0.1,
    thresholds: Object.fromEntries(
      Object.entries(limits).map(([name, ood]) => [name, { image: 1, pixel: 1, ood }]),
    ),
    heatScales: {},
    heatScale: [0, 1] as const,
    normalScores: {},
    normalMaxima: {},
  });

  test('asks the class recognised so far, then compares the scores for all classes', () => {
    const classes = ['nut', 'bolt', 'rod', 'pin'];
    const take = (oodScores: number[], limits: Readonly<Record<string, number>>) =>
      recognisedClass(
        { className: 'nut', oodScores: Float32Array.from(oodScores) },
        classes,
        2,
        calibration(limits),
      );
    const limits = { nut: 3, bolt: 3, rod: 2, pin: 2 };
    expect(take([2.5, 9, 1, 1], limits)).toBe('nut');
    expect(take([3.5, 9, 1, 0.5], limits)).toBe('rod');
    expect(take([3.5, 9, 4, 5], limits)).toBe('nut');
    expect(take([3.5, 9, 4, 1], limits)).toBe('pin');
    // Stranger to the rod than a rod may be, and less to the pin.
    expect(take([3.5, 9, 2.5, 1], limits)).toBe('pin');
    // Without limits a class gives nothing away.
    expect(take([3.5, 9, 2.5, 1], { nut: 3 })).toBe('rod');
    expect(take([3.5, 9, 1, 1], {})).toBe('nut');
    expect(recognisedClass({ className: 'nut' }, classes, 2, calibration(limits))).toBe('nut');
    expect(recognisedClass({}, classes, 2, calibration(limits))).toBeUndefined();
  });

  test('an added class takes over only what the class called unknown, and only with the lowest score so far', () => {
    const classes = ['nut', 'bolt', 'rod', 'pin'];
    const number = fc.float({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 4, maxLength: 4 }),
        fc.array(number, { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 0, max: 1 }),
        (list, [nut = 0, bolt = 0, rod = 0], index) => {
          const oodScores = Float32Array.from(list);
          const className = classes[index] as string;
          const limits = { nut, bolt, rod };
          const taken = recognisedClass({ className, oodScores }, classes, 2, calibration(limits)) as string;
          if (taken === className) return;
          expect(oodScores[index]).toBeGreaterThan(limits[className as 'nut' | 'bolt']);
          const at = classes.indexOf(taken);
          expect(at).toBeGreaterThan(1);
          expect(oodScores[at]).toBeLessThan(Math.min(...oodScores.subarray(0, at)));
        },
      ),
    );
  });
});

describe('a model folder with added classes', () => {
  const saved = async (state: DetectorState) => {
    const folder = join(await mkdtemp(join(tmpdir(), 'mint-model-')), 'model');
    await MintDetector.fromState(state).save(folder);
    return folder;
  };

  test.each([
    ['whitened', ['embedding', 'mean', 'whitening']],
    [BY_PLACE, ['embedding', 'mean', 'triangles']],
  ] as const)(
    'predicts bit-equal after saving and loading; what was there before is there unchanged: %s',
    async (map, parts) => {
      const state = trained(4.5, { map });
      const [old, folder] = [await saved(state), await saved(withAdded(state, 'rod', 'pin'))];
      const loaded = await MintDetector.load(folder);
      const input = features(4, 7);
      expect(await loaded.predictFeatures(input)).toEqual(
        await MintDetector.fromState(withAdded(state, 'rod', 'pin')).predictFeatures(input),
      );
      expect(loaded.trainedClasses).toEqual(config.classes);
      const tensors = async (path: string) =>
        decodeSafetensors(await readFile(await weightsIn(path)), path).tensors;
      const [before, after] = [await tensors(old), await tensors(folder)];
      expect(after).toMatchObject(before);
      const extra = Object.keys(after).filter((name) => !(name in before));
      expect(extra.sort()).toEqual([0, 1].flatMap((i) => parts.map((part) => `added/${i}/${part}`)));
    },
  );

  test('is refused when their number, tensors or statistics do not fit', async () => {
    const folder = await saved(withAdded(trained(4.5), 'rod'));
    const path = join(folder, 'model.json');
    const json = await readFile(path, 'utf8');
    const failure = async (from: string, to: string) => {
      await writeFile(path, json.replace(from, to));
      return MintDetector.load(folder).then(
        () => 'loaded',
        (error: Error) => error.message,
      );
    };
    const field = '"addedClasses": 1,';
    // As an older version, which does not look at the field, or a model it was taken out of.
    expect(await failure(field, '')).toContain(
      "tensor 'network/classifier/dense2/kernel' must be float32 [6,4]",
    );
    expect(await failure(field, '"addedClasses": 2,')).toContain("tensor 'network/");
    expect(await failure(field, '"addedClasses": 4,')).toContain(
      "addedClasses' must be an integer from 1 to 3",
    );
    expect(await failure(field, '"addedClasses": 1e12,')).toContain("addedClasses' must be an integer");
    expect(await failure('"mode": "soft"', '"mode": "feature"')).toContain('no class embeddings');
    const { classStats: _, ...rest } = withAdded(trained(4.5), 'rod');
    await expect(saved(rest)).rejects.toThrow('class statistics');
  });
});
