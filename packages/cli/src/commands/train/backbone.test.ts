import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backboneSpecs } from '@mint/backbone';
import { temporaryFolder, tinyVitFile } from '@mint/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { chooseBackbone } from './backbone.js';

const work = temporaryFolder();
const said: string[] = [];
const progress = { start() {}, update() {}, stop() {}, say: (text: string) => void said.push(text) };
const path = () => join(work.path, 'vit.safetensors');

beforeEach(async () => {
  said.length = 0;
  vi.stubEnv('HF_HOME', work.path);
  vi.stubEnv('HF_HUB_CACHE', undefined);
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  await writeFile(path(), tinyVitFile());
});
afterEach(() => vi.unstubAllEnvs());

test('without a name EfficientNet-B4 is meant; where it cannot be fetched, the three ways out are named', async () => {
  await expect(chooseBackbone({}, progress)).rejects.toThrow(
    /efficientnet_b4: is not in the cache.*HF_ENDPOINT.*--weights.*--backbone scattering/,
  );
  expect(said).toEqual([
    'efficientnet_b4: from timm/tf_efficientnet_b4.aa_in1k, about 77 MB; licence: Apache-2.0',
  ]);
});

test('scattering needs no weights', async () => {
  expect(await chooseBackbone({ backbone: ['scattering'] }, progress)).toEqual({
    backbone: { kind: 'scattering' },
    weights: {},
  });
  expect(said).toEqual(['backbone: scattering, 147 feature channels']);
});

test('a file is recognised, and what it holds is said', async () => {
  const { backbone, origin } = await chooseBackbone({ weights: [path()] }, progress);
  expect(backbone).toMatchObject({ kind: 'vit', patch: 14, width: 64, depth: 2, registers: 2 });
  expect(origin).toMatchObject({ name: 'vit.safetensors', licence: 'CC0-1.0' });
  expect(said).toEqual([
    'backbone: vit.safetensors, vision transformer (DINOv2), patches of 14 pixels, 2 blocks, 64 channels, 2 registers, 128 feature channels; licence: CC0-1.0',
  ]);
});

test('several are joined, and the origin names each of them', async () => {
  const { backbone, weights, origin } = await chooseBackbone({ weights: [path(), path()] }, progress);
  expect(backbone).toMatchObject({ kind: 'joined', parts: [{ kind: 'vit' }, { kind: 'vit' }] });
  expect(Object.keys(weights).sort()).toEqual(Object.keys(backboneSpecs(backbone)).sort());
  expect(origin).toMatchObject({
    name: 'vit.safetensors+vit.safetensors',
    sha256: expect.stringMatching(/^([0-9a-f]{64})\+\1$/),
    licence: 'CC0-1.0+CC0-1.0',
  });
  expect(said).toHaveLength(2);
  expect(await chooseBackbone({ backbone: ['scattering', 'scattering'] }, progress)).toEqual({
    backbone: { kind: 'joined', parts: [{ kind: 'scattering' }, { kind: 'scattering' }] },
    weights: {},
  });
});

test('a name and a file are refused', async () => {
  await expect(chooseBackbone({ backbone: ['resnet18'], weights: [path()] }, progress)).rejects.toThrow(
    /--backbone resnet18 and --weights .*: give one of them/,
  );
});
