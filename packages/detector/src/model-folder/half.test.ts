import '@tensorflow/tfjs-backend-cpu';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backboneSpecs } from '@mint/backbone';
import { drawWeights } from '@mint/internal/tfjs';
import { temporaryFolder, weightsIn } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type DetectorConfig, halfBackbone, MintDetector, writeDescription } from '../index.js';
import { weightsLimit } from './decode.js';
import { decodeDescription } from './description.js';

const work = temporaryFolder();

const config: DetectorConfig = {
  ...tinyConfig(['nut', 'bolt']),
  backbone: {
    kind: 'vit',
    patch: 8,
    width: 32,
    depth: 2,
    heads: 2,
    hidden: 64,
    feedForward: 'gelu',
    registers: 1,
    positions: { kind: 'learned', grid: [4, 4], resample: 'antialias' },
    epsilon: 1e-6,
    blocks: [0, 1],
    finalNorm: true,
    normalisation: 'imagenet',
  },
  grid: [4, 4],
  map: 'distance',
};
const backbone = drawWeights(backboneSpecs(config.backbone), 7);
const size = async (name: string) => (await stat(await weightsIn(join(work.path, name)))).size;

/** The same images for all detectors. */
const images = () => tf.randomUniform<tf.Rank.R4>([6, 32, 32, 3], 0, 255, 'float32', 5);

test('float16 weights: half the bytes, scores close, the same decisions', async () => {
  const full = MintDetector.create(config, { backbone });
  const scores = (await full.predict(images())).map(({ score }) => score);
  const limit = ((scores[0] ?? 0) + (scores[1] ?? 0)) / 2;
  const thresholds = { nut: { image: limit, pixel: 0 }, bolt: { image: limit, pixel: 0 } };
  const normals = { nut: scores.slice(0, 3), bolt: scores.slice(3) };
  const calibration = {
    alpha: 0.4,
    thresholds,
    heatScales: {},
    heatScale: [0, 4],
    normalScores: normals,
    normalMaxima: {},
  } as const;
  const calibrated = MintDetector.fromState({ ...full.toState(), calibration });
  await calibrated.save(join(work.path, 'full'));
  await MintDetector.fromState(halfBackbone(calibrated.toState())).save(join(work.path, 'half'));

  const half = await MintDetector.load(join(work.path, 'half'));
  const expected = await calibrated.predict(images());
  for (const [i, prediction] of (await half.predict(images())).entries()) {
    const before = expected[i];
    if (before === undefined) throw new Error('a prediction is missing');
    expect(Math.abs(prediction.score / before.score - 1)).toBeLessThan(1e-2);
    expect(half.decide(prediction).decision).toBe(calibrated.decide(before).decision);
  }
  const bytes = Object.values(backbone).reduce((sum, { data }) => sum + data.byteLength, 0);
  expect((await size('full')) - (await size('half'))).toBeGreaterThan(bytes / 2 - 1000); // but for the header
});

test('a folder with float16 weights stays one, bit for bit, and its description can be rewritten', async () => {
  const folder = join(work.path, 'made');
  await MintDetector.create(config, { backbone, half: true }).save(folder);
  const first = await readFile(await weightsIn(folder));
  const loaded = await MintDetector.load(folder);
  expect(loaded.toState().half).toBe(true);
  await loaded.save(join(work.path, 'again'));
  expect((await readFile(await weightsIn(join(work.path, 'again')))).equals(first)).toBe(true);
  await writeDescription(folder, { ...loaded.toState(), provenance: { dataset: 'parts' } });
  expect((await MintDetector.load(folder)).provenance).toEqual({ dataset: 'parts' });

  const json = await readFile(join(folder, 'model.json'), 'utf8');
  expect(JSON.parse(json)).toMatchObject({ version: 1, weights: { backbone: 'f16' } });
  const limit = weightsLimit('made', decodeDescription('model.json', json));
  const asFloat32 = json.replace(/,\s*"backbone": "f16"/, '');
  const bytes = Object.values(backbone).reduce((sum, { data }) => sum + data.byteLength, 0);
  expect(weightsLimit('made', decodeDescription('model.json', asFloat32)) - limit).toBe(bytes / 2);
  await writeFile(join(folder, 'model.json'), json.replace('"f16"', '"f8"'));
  await expect(MintDetector.load(folder)).rejects.toThrow(
    /'model\.weights\.backbone' must be one of f16, got "f8"/,
  );
});

test('a weight beyond the range of float16 is refused', () => {
  const data = Float32Array.of(1, 70_000);
  expect(() => halfBackbone({ backbone: { 'patch/bias': { shape: [2], data } } })).toThrow(
    /'patch\/bias' has the value 70000, beyond ±65504/,
  );
});
