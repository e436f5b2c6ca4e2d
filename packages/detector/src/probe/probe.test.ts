import '@tensorflow/tfjs-backend-cpu';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import { type DetectorConfig, MintDetector, readProbe, selfTest, writeProbe } from '../index.js';
import { probeImage } from './probe.js';

const folder = temporaryFolder();
const config: DetectorConfig = { ...tinyConfig(['nut', 'bolt']), map: 'distance' };

async function saved(changes: Partial<DetectorConfig> = {}) {
  const detector = MintDetector.create({ ...config, ...changes });
  await detector.save(folder.path);
  return { detector, probe: await readProbe(folder.path) };
}

test('the probe image never changes: old folders keep their score for it', () => {
  const { width, height, data } = probeImage();
  expect([width, height]).toEqual([64, 64]);
  expect([...data.subarray(0, 6), ...data.subarray(-3)]).toMatchInlineSnapshot(`
    [
      82,
      146,
      163,
      84,
      137,
      161,
      183,
      146,
      73,
    ]
  `);
  expect(new Set(data).size).toBeGreaterThan(200);
});

test('a saved model passes; one with another weight, or without a finite score, does not', async () => {
  const { detector, probe } = await saved();
  const before = tf.memory().numTensors;
  await selfTest(await MintDetector.load(folder.path), probe);
  const state = detector.toState();
  const scaled = MintDetector.fromState({
    ...state,
    featureStd: state.featureStd.map((std) => std * 1.2),
  });
  await expect(selfTest(scaled, probe)).rejects.toThrow(
    expect.objectContaining({
      code: 'COMPUTE_FAILED',
      message: expect.stringMatching(/score of the probe image is [\d.]+, expected [\d.]+\./),
    }),
  );
  await selfTest(scaled);
  const [prediction] = await detector.predict(tf.zeros([1, 32, 32, 3]));
  vi.spyOn(detector, 'predict').mockResolvedValue([{ ...prediction, score: Number.NaN } as never]);
  await expect(selfTest(detector, probe)).rejects.toThrow('is NaN');
  await expect(selfTest(detector)).rejects.toThrow('expected a finite number');
  expect(tf.memory().numTensors).toBeGreaterThanOrEqual(before);
});

test('large images in tiles: the probe is seen whole', async () => {
  const { detector, probe } = await saved({ input: { ...config.input, tiles: 'auto' } });
  await selfTest(detector, probe);
});

test('a folder without a probe, or with the probe of other weights, has none until one is written', async () => {
  const { detector, probe } = await saved();
  const old = await readFile(join(folder.path, 'probe.json'));
  await saved({ seed: 9 });
  await writeFile(join(folder.path, 'probe.json'), old);
  expect(await readProbe(folder.path)).toBeUndefined();
  await detector.save(folder.path);
  await rm(join(folder.path, 'probe.json'));
  expect(await readProbe(folder.path)).toBeUndefined();
  await writeProbe(folder.path, detector);
  expect(await readProbe(folder.path)).toEqual(probe);
});

test.each([
  ['no JSON', () => '{', 'not JSON'],
  [
    'too few pixels',
    (json: string) => json.replace(/"pixels": "..../, '"pixels": "'),
    "'probe.pixels' must be 12288",
  ],
  ['a huge side', (json: string) => json.replace('"width": 64', '"width": 1e6'), "'probe.width' must be"],
  ['no score', (json: string) => json.replace(/"score": [^,]*/, '"score": null'), "'probe.score' must be"],
])('%s is refused by name', async (_, damage, message) => {
  await saved();
  const path = join(folder.path, 'probe.json');
  await writeFile(path, damage(await readFile(path, 'utf8')));
  await expect(readProbe(folder.path)).rejects.toThrow(
    expect.objectContaining({ code: 'CORRUPT_FILE', message: expect.stringContaining(message) }),
  );
});
