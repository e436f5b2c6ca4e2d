import '@tensorflow/tfjs-backend-cpu';
import { readdir } from 'node:fs/promises';
import { temporaryFolder } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { expect, test } from 'vitest';
import { MintDetector, updateDescription } from '../index.js';

const folder = temporaryFolder();

test('changes of a description that come at once are all kept', async () => {
  await MintDetector.create({ ...tinyConfig(['nut']), map: 'distance' }).save(folder.path);
  const keys = ['a', 'b', 'c', 'd'];
  await Promise.all(
    keys.map((key) =>
      updateDescription(folder.path, (state) => ({
        ...state,
        provenance: { ...state.provenance, [key]: 1 },
      })),
    ),
  );
  const loaded = await MintDetector.load(folder.path);
  expect(loaded.provenance).toEqual({ a: 1, b: 1, c: 1, d: 1 });
  expect((await readdir(folder.path)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('what the change throws is thrown, and nothing is written', async () => {
  await MintDetector.create({ ...tinyConfig(['nut']), map: 'distance' }).save(folder.path);
  const failing = updateDescription(folder.path, () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect((await readdir(folder.path)).filter((name) => name.startsWith('.'))).toEqual([]);
});
