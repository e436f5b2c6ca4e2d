import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backboneSpecs } from '@mint/backbone';
import { PAPER_CONFIG } from '@mint/detector';
import { encodeSafetensors, type TypedTensor } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import { needsTestBed, temporaryFolder, testBed, testBedPath } from '@mint/test-utils';
import { describe, expect, test } from 'vitest';
import { inputFor, loadBackbone, multiScale } from '../index.js';

const work = temporaryFolder();

test('scattering without a file', async () => {
  expect(await loadBackbone(undefined)).toEqual({ backbone: { kind: 'scattering' }, weights: {} });
});

/** Tensors of a small ResNet under torchvision's names, folded. */
function smallResNet(): Record<string, TypedTensor> {
  const zeros = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  const conv = (name: string, from: number, to: number, side: number) => ({
    [`${name}.weight`]: zeros(to, from, side, side),
    [`${name}.bias`]: zeros(to),
  });
  return {
    ...conv('conv1', 3, 64, 7),
    ...conv('layer1.0.conv1', 64, 8, 3),
    ...conv('layer1.0.conv2', 8, 8, 3),
    ...conv('layer1.0.downsample.0', 64, 8, 1),
  };
}

test('a file is recognised by its tensors', async () => {
  const path = join(work.path, 'small.safetensors');
  await writeFile(path, encodeSafetensors(smallResNet(), { license: 'BSD-3-Clause' }));
  const { backbone, weights, found, origin } = await loadBackbone(path);
  expect(origin).toEqual({
    name: 'small.safetensors',
    sha256: sha256(await readFile(path)),
    licence: 'BSD-3-Clause',
  });
  expect(backbone).toMatchObject({ kind: 'resnet', block: 'basic', depths: [1, 0, 0, 0], layers: [1] });
  expect(found).toMatchObject({ title: 'ResNet with 1, 0, 0, 0 basic blocks', licence: 'BSD-3-Clause' });
  expect(Object.keys(weights).sort()).toEqual(Object.keys(backboneSpecs(backbone)).sort());
});

describe('a model in several parts', () => {
  const index = () => join(work.path, 'model.safetensors.index.json');
  const writeIndex = (files: Readonly<Record<string, string>>) =>
    writeFile(index(), JSON.stringify({ weight_map: files }));

  test('is read as one', async () => {
    const tensors = Object.entries(smallResNet());
    const parts = ['part-1.safetensors', 'part-2.safetensors'] as const;
    const mapped = tensors.map(([name], i) => [name, parts[i % 2] ?? parts[0]] as const);
    for (const part of parts) {
      const own = Object.fromEntries(tensors.filter((_, i) => mapped[i]?.[1] === part));
      await writeFile(join(work.path, part), encodeSafetensors(own));
    }
    await writeIndex(Object.fromEntries(mapped));
    await writeFile(join(work.path, 'whole.safetensors'), encodeSafetensors(smallResNet()));
    const { origin, ...joined } = await loadBackbone(index());
    const { origin: _, ...whole } = await loadBackbone(join(work.path, 'whole.safetensors'));
    expect(joined).toEqual(whole);
    const bytes = await Promise.all(parts.map((part) => readFile(join(work.path, part))));
    expect(origin).toEqual({ name: 'model.safetensors.index.json', sha256: sha256(...bytes) });
  });

  test.each(['../secret.safetensors', '/etc/passwd', 'model.bin'])('never reads %s', async (file) => {
    await writeIndex({ 'conv1.weight': file });
    await expect(loadBackbone(index())).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
  });
});

test('an unknown network says what is known and what was found', async () => {
  const path = join(work.path, 'other.safetensors');
  await writeFile(path, encodeSafetensors({ 'lstm.weight': { shape: [2], data: new Float32Array(2) } }));
  await expect(loadBackbone(path)).rejects.toThrow(
    /Known are EfficientNets.*tensors are called lstm\.weight/,
  );
});

test.each([
  ['a zip archive', [0x50, 0x4b, 0x03, 0x04]],
  ['a bare pickle', [0x80, 0x02]],
])('a PyTorch file (%s) is refused with the way to convert it', async (_, magic) => {
  const path = join(work.path, 'model.pth');
  await writeFile(path, Buffer.from([...magic, ...Array(100).fill(0)]));
  await expect(loadBackbone(path)).rejects.toThrow(/PyTorch pickle.*save_file/);
});

test.skipIf(testBed === undefined)(needsTestBed('EfficientNet-B4 is what PAPER_CONFIG names'), async () => {
  const path = testBedPath('weights/efficientnet_b4_stem_blocks0-21.f32.safetensors');
  const { backbone, found } = await loadBackbone(path);
  expect(backbone).toEqual(PAPER_CONFIG.backbone);
  expect(found?.title).toBe('EfficientNet-B4, blocks 1, 5, 9, 21');
  expect(inputFor(backbone)).toEqual({ input: PAPER_CONFIG.input, grid: PAPER_CONFIG.grid });
});

test('maps at several scales have a grid twice as fine, where there are finer features, and as many scales as fit', () => {
  const { backbone } = PAPER_CONFIG;
  expect(multiScale(backbone, { grid: [14, 16] })).toEqual({ grid: [28, 32], scales: 3 });
  expect(multiScale(backbone, { grid: [15, 15] })).toEqual({ grid: [30, 30], scales: 2 });
  const coarse = { ...backbone, blocks: [21] } as const;
  expect(multiScale(coarse, { grid: [14, 14] })).toEqual({ grid: [14, 14], scales: 2 });
  expect(() => multiScale(coarse, { grid: [15, 14] })).toThrow('a grid of 15 x 14 tokens cannot be halved');
});

test('input and grid follow from the backbone', () => {
  const vit = {
    kind: 'vit',
    patch: 14,
    width: 384,
    depth: 12,
    heads: 6,
    hidden: 1536,
    feedForward: 'gelu',
    registers: 4,
    positions: { kind: 'learned', grid: [37, 37], resample: 'antialias' },
    epsilon: 1e-6,
    blocks: [11],
    finalNorm: false,
    normalisation: 'half',
  } as const;
  const input = { ...PAPER_CONFIG.input, width: 392, height: 224 };
  expect(inputFor(vit, input)).toEqual({
    input: { ...input, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    grid: [16, 28],
  });
  expect(() => inputFor(vit, { ...input, width: 400 })).toThrow(/multiples of 14, such as 406 x 224/);
});

test.each([
  ['weights.json', 'NOT_FOUND', 'cannot read'],
  ['nowhere.safetensors', 'NOT_FOUND', 'cannot read'],
  ['broken.safetensors', 'CORRUPT_FILE', 'not a valid'],
])('refuses %s', async (name, code, message) => {
  await writeFile(join(work.path, 'broken.safetensors'), 'truncated');
  await expect(loadBackbone(join(work.path, name))).rejects.toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});
