import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PAPER_CONFIG } from '@mint/detector';
import { temporaryFolder } from '@mint/test-utils';
import { ALPHA, PRESETS } from '@mint/trainer';
import { expect, test } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';
import { configFileSchema, readConfigFile } from '../train/config-file.js';

const root = temporaryFolder();

test('mint init writes the defaults of mint train with descriptions; a second time only with --force', async () => {
  const path = join(root.path, 'new', 'mint.config.jsonc');
  const { code, out } = await mintHere(['init', join(root.path, 'new'), '--preset', 'quick', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({ path });
  const { train, featureScaling, map, upsampling, network } = PRESETS.quick;
  expect(await readConfigFile(path)).toEqual({
    preset: 'quick',
    model: 'mint-ad',
    alpha: ALPHA,
    protocol: 'own',
    seed: 0,
    device: 'auto',
    overlays: 4,
    train,
    detector: {
      featureScaling,
      map,
      upsampling,
      network,
      score: PAPER_CONFIG.score,
      queries: PAPER_CONFIG.queries,
    },
  });
  expect(await readFile(path, 'utf8')).toMatch(
    /^ {4}\/\/ peak learning rate of AdamW\n {4}"learningRate": 0\.001,$/m,
  );

  await writeFile(path, '{ "preset": "cpu" }');
  await expect(mintHere(['init', join(root.path, 'new')])).rejects.toThrow(
    'the file exists already; --force',
  );
  expect(await readConfigFile(path)).toEqual({ preset: 'cpu' });
  await mintHere(['init', join(root.path, 'new'), '--force']);
  expect(await readConfigFile(path)).toMatchObject({ preset: 'cpu', train: PRESETS.cpu.train });
});

test('with all comments removed, every setting is present and every example is valid', async () => {
  await mintHere(['init', root.path]);
  const path = join(root.path, 'mint.config.jsonc');
  await writeFile(path, (await readFile(path, 'utf8')).replaceAll(/^( *)\/\/ ( *["}])/gm, '$1$2'));
  const all = await readConfigFile(path);
  expect(Object.keys(all)).toEqual(Object.keys(configFileSchema.shape));
  expect(all.train).toMatchObject({ microBatchSize: 4, augment: { copies: 3, colour: 0.05 } });
});
