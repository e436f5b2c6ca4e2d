import { readFileSync } from 'node:fs';
import { decodeSafetensors, type SafetensorsFile } from '@mint/internal';
import { initParams, toTensors } from '@mint/internal/tfjs';
import { expectNoLeak, needsTestBed, testBed, testBedPath } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { goldenPicks } from '../__fixtures__/golden-picks.js';
import { distance, readGoldenPort } from '../__fixtures__/golden-port.js';
import { onWasm } from '../__fixtures__/on-wasm.js';
import type { WeightsOutline } from '../definition.js';
import { type VitConfig, vitInfo } from './config.js';
import { vitFeatures } from './features.js';
import { middleBlocks, recogniseVit } from './recognise.js';
import { vitSpecs } from './specs.js';
import { loadVitWeights, timmName } from './weights.js';

const CONFIG: VitConfig = {
  patch: 7,
  width: 24,
  depth: 3,
  heads: 2,
  hidden: 29,
  feedForward: 'gelu',
  registers: 2,
  positions: { kind: 'learned', grid: [3, 5], resample: 'antialias' },
  epsilon: 1e-6,
  blocks: [0, [1, 2]],
  finalNorm: true,
  normalisation: 'imagenet',
};

const outlineOf = ({ tensors }: SafetensorsFile): WeightsOutline => ({
  shapes: new Map(Object.entries(tensors).map(([name, { shape }]) => [name, shape])),
  metadata: {},
});

const GOLDEN = ['dinov2', 'dinov2-reg', 'dinov2-swiglu', 'dinov3', 'dinov3-swiglu', 'timm-reg', 'timm-plain'];

describe.skipIf(testBed === undefined)(needsTestBed('golden files'), () => {
  test.each(GOLDEN)('%s: all sizes, all blocks, before and after the last norm', (name) => {
    const {
      config: given,
      weights,
      inputs,
      input,
      expected,
    } = readGoldenPort(`vit-${name}-tiny.safetensors`);
    // Heads are too small to be recognised by their usual 64 channels; the rest follows from the shapes.
    const heads = Number(given.heads ?? given.num_heads);
    const wide = { shapes: new Map(outlineOf(weights).shapes), metadata: {} };
    const kernel = wide.shapes.get('patch_embed.proj.weight') ?? [];
    wide.shapes.set('patch_embed.proj.weight', [64 * heads, ...kernel.slice(1)]);
    const found = recogniseVit(wide)?.config;
    if (found === undefined) throw new Error('not recognised');
    const offset = given.interpolateOffset;
    if (offset !== undefined && found.positions.kind === 'learned')
      expect(found.positions.resample).toBe(offset === 0.1 ? 'offset' : 'antialias');
    expect([found.patch, found.depth, found.registers, found.heads, found.epsilon]).toEqual([
      given.patch ?? given.patch_size,
      given.depth,
      given.registers,
      heads,
      given.eps,
    ]);
    for (const size of inputs) {
      for (const [kind, finalNorm] of [
        ['raw', false],
        ['normed', true],
      ] as const) {
        const prefix = `${size}/${kind}/block`;
        const names = Object.keys(expected).filter((key) => key.startsWith(prefix));
        const blocks = names.map((key) => Number(key.slice(prefix.length)));
        expect(blocks.length).toBeGreaterThan(1);
        const config = { ...found, width: kernel[0] ?? 0, blocks, finalNorm };
        const params = toTensors(loadVitWeights(weights, config, name));
        const maps = vitFeatures(params, config, input(size));
        names.forEach((key, i) => {
          const [map, wanted] = [maps[i], expected[key]];
          if (map === undefined || wanted === undefined) throw new Error(key);
          expect(distance(map, wanted), key).toBeLessThan(1e-4);
        });
      }
    }
  });

  test('ViT-Tiny with its real weights', async () => {
    await onWasm();
    const file = 'weights/vit_tiny_patch16_224.augreg.f32.safetensors';
    const weights = decodeSafetensors(readFileSync(testBedPath(file)), file);
    const found = recogniseVit(outlineOf(weights));
    expect(found?.title).toMatch(/plain.*patches of 16 pixels, 12 blocks, 192 channels, 0 registers/);
    if (found === undefined) return;
    expect(found.config).toMatchObject({ heads: 3, hidden: 768, normalisation: 'half' });
    expect(found.config.blocks).toEqual([
      [2, 3, 4, 5],
      [6, 7, 8, 9],
    ]);
    const { images, furthest } = goldenPicks('vit_tiny_augreg');
    const blocks = [0, 2, 5, 8, 11];
    for (const [config, name] of [
      [{ ...found.config, blocks }, 'blocks'],
      [{ ...found.config, blocks: [11], finalNorm: true }, 'norm'],
    ] as const) {
      const params = toTensors(loadVitWeights(weights, config, file));
      vitFeatures(params, config, images).forEach((map, i) => {
        const values = map.dataSync();
        // The golden tokens begin with the class token, which is not part of a map.
        const starts = { mid8: Math.floor((197 * 192) / 2) - 192, last4: values.length - 4 };
        expect(furthest(name === 'norm' ? 'norm' : `blocks.${blocks[i]}`, values, starts)).toBeLessThan(1e-4);
      });
    }
  });
});

describe('vitFeatures()', () => {
  const images = tf.randomUniform<tf.Rank.R4>([2, 21, 35, 3], -1, 1, 'float32', 1);

  test.each<[string, Partial<VitConfig>]>([
    ['learned positions', {}],
    ['resampled positions', { positions: { kind: 'learned', grid: [2, 7], resample: 'offset' } }],
    ['rotary positions', { positions: { kind: 'rotary', temperature: 100 } }],
    ['a gated feed-forward network', { feedForward: 'swiglu', registers: 0, finalNorm: false }],
  ])('%s: shapes of the maps and nothing leaked', (_, change) => {
    const config = { ...CONFIG, ...change };
    const params = initParams(vitSpecs(config), 3);
    const maps = vitFeatures(params, config, images);
    expect(maps.map(({ shape }) => shape)).toEqual([
      [2, 3, 5, 24],
      [2, 3, 5, 24],
    ]);
    expect(vitInfo(config)).toEqual({ channels: [24, 24], strides: [7, 7] });
    tf.dispose(maps);
    expectNoLeak(() => vitFeatures(params, config, images));
  });

  test('a group of blocks is the mean of its blocks', () => {
    const params = initParams(vitSpecs(CONFIG), 3);
    const [mean, first, second] = vitFeatures(params, { ...CONFIG, blocks: [[1, 2], 1, 2] }, images);
    if (first === undefined || second === undefined) throw new Error('missing');
    expect(mean).toBeAllClose(tf.div(tf.add(first, second), 2), { atol: 1e-6 });
  });

  test('an image does not depend on the others of its batch', () => {
    const params = initParams(vitSpecs(CONFIG), 3);
    const [together] = vitFeatures(params, CONFIG, images);
    const [alone] = vitFeatures(params, CONFIG, tf.slice(images, [1, 0, 0, 0], [1, -1, -1, -1]));
    if (together === undefined) throw new Error('missing');
    expect(alone).toBeAllClose(tf.slice(together, [1, 0, 0, 0], [1, -1, -1, -1]), { atol: 1e-5 });
  });

  test.each<[Partial<VitConfig>, RegExp]>([
    [{ heads: 5 }, /`heads` must divide `width`/],
    [{ blocks: [3] }, /`blocks` must list blocks from 0 to 2/],
    [{ blocks: [[]] }, /`blocks` must list blocks/],
    [{ epsilon: 0 }, /`epsilon`/],
    [{ patch: 0 }, /`patch` must be a whole number/],
    [{ heads: 4, positions: { kind: 'rotary', temperature: 100 } }, /multiple of 4, got 6/],
  ])('refuses %o', (change, message) => {
    expect(() => vitFeatures({}, { ...CONFIG, ...change }, images)).toThrow(message);
  });

  test('refuses an image that is not made of whole patches', () => {
    expect(() => vitFeatures({}, CONFIG, tf.zeros([1, 21, 36, 3]))).toThrow(/multiples of 7, got 21 x 36/);
  });
});

test('every block is asked for once in the usual choice of blocks', () => {
  expect(middleBlocks(24)).toEqual([
    [4, 6, 8, 10],
    [12, 14, 16, 18],
  ]);
  for (let depth = 1; depth <= 48; depth++) {
    const blocks = middleBlocks(depth).flat();
    expect(blocks.length).toBeGreaterThan(0);
    expect(new Set(blocks).size).toBe(blocks.length);
    expect(Math.max(...blocks)).toBeLessThan(depth);
  }
});

describe('weights under the names of other ports', () => {
  /** A file with timm's names and random numbers. */
  function timmFile(config: VitConfig): SafetensorsFile {
    const { width, hidden, patch, registers, depth } = config;
    let seed = 1;
    const random = (...shape: number[]) => ({
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
        seed = (seed * 16_807) % 2_147_483_647;
        return seed / 2_147_483_647 - 0.5;
      }),
    });
    const linear = (name: string, from: number, to: number) => ({
      [`${name}.weight`]: random(to, from),
      [`${name}.bias`]: random(to),
    });
    const norm = (name: string) => ({ [`${name}.weight`]: random(width), [`${name}.bias`]: random(width) });
    const block = (name: string) => ({
      ...norm(`${name}.norm1`),
      ...linear(`${name}.attn.qkv`, width, 3 * width),
      ...linear(`${name}.attn.proj`, width, width),
      ...norm(`${name}.norm2`),
      ...linear(`${name}.mlp.fc1`, width, hidden),
      ...linear(`${name}.mlp.fc2`, hidden, width),
      [`${name}.ls1.gamma`]: random(width),
      [`${name}.ls2.gamma`]: random(width),
    });
    return {
      metadata: {},
      tensors: {
        cls_token: random(1, 1, width),
        reg_token: random(1, registers, width),
        pos_embed: random(1, 16, width),
        'patch_embed.proj.weight': random(width, 3, patch, patch),
        'patch_embed.proj.bias': random(width),
        ...Object.assign({}, ...Array.from({ length: depth }, (_, i) => block(`blocks.${i}`))),
        ...norm('norm'),
      },
    };
  }

  const file = timmFile(CONFIG);

  /** The same tensors under Hugging Face's names, queries, keys and values apart. */
  function huggingFace(attention: (part: string) => string, layer: string): SafetensorsFile {
    const renamed = Object.entries(file.tensors).flatMap(([name, tensor]) => {
      const inBlock = name
        .replace(/^blocks\./, layer)
        .replace('.attn.proj.', `.${attention('proj')}.`)
        .replace(/\.ls(\d)\.gamma$/, '.layer_scale$1.lambda1')
        .replace('cls_token', 'embeddings.cls_token')
        .replace('reg_token', 'embeddings.register_tokens')
        .replace('pos_embed', 'embeddings.position_embeddings')
        .replace('patch_embed.proj', 'embeddings.patch_embeddings.projection')
        .replace(/^norm\./, 'layernorm.');
      if (!name.includes('.attn.qkv.')) return [[inBlock, tensor] as const];
      const size = tensor.data.length / 3;
      return ['q', 'k', 'v'].map((part, i) => {
        const shape = tensor.shape.map((side, axis) => (axis === 0 ? side / 3 : side));
        const data = tensor.data.slice(i * size, (i + 1) * size);
        return [inBlock.replace('attn.qkv', attention(part)), { shape, data }] as const;
      });
    });
    return { tensors: Object.fromEntries(renamed), metadata: {} };
  }
  const WORDS: Record<string, string> = { q: 'query', k: 'key', v: 'value' };

  test.each([
    [
      'Dinov2Model',
      huggingFace(
        (part) => (part === 'proj' ? 'attention.output.dense' : `attention.attention.${WORDS[part]}`),
        'encoder.layer.',
      ),
    ],
    [
      'DINOv3ViTModel',
      huggingFace((part) => (part === 'proj' ? 'attention.o_proj' : `attention.${part}_proj`), 'layer.'),
    ],
  ])('%s gives the same weights as timm', (name, other) => {
    expect(Object.keys(other.tensors).some((key) => key.includes('attn'))).toBe(false);
    expect(loadVitWeights(other, CONFIG, name)).toEqual(loadVitWeights(file, CONFIG, 'timm'));
  });

  test('shapes are those of vitSpecs()', () => {
    const shapes = (weights: Readonly<Record<string, { readonly shape: readonly number[] }>>) =>
      Object.fromEntries(Object.entries(weights).map(([key, { shape }]) => [key, shape]));
    expect(shapes(loadVitWeights(file, CONFIG, 'timm'))).toEqual(shapes(vitSpecs(CONFIG)));
  });

  test('a missing, a misshapen and a non-finite tensor are named', () => {
    const { 'blocks.1.norm2.bias': _, ...rest } = file.tensors;
    const without = { metadata: {}, tensors: rest };
    expect(() => loadVitWeights(without, CONFIG, 'a.safetensors')).toThrow(
      /^a\.safetensors: tensor 'blocks\.1\.norm2\.bias' is missing/,
    );
    expect(() => loadVitWeights(file, { ...CONFIG, hidden: 31 }, 'a.safetensors')).toThrow(
      /'blocks\.0\.mlp\.fc2\.weight' must be \[24,31\], got \[24,29\]/,
    );
    const broken = {
      ...file.tensors,
      cls_token: { shape: [1, 1, 24], data: new Float32Array(24).fill(Number.NaN) },
    };
    expect(() => loadVitWeights({ metadata: {}, tensors: broken }, CONFIG, 'a.safetensors')).toThrow(
      /'cls_token' holds values that are not finite/,
    );
  });

  test('names that are timm’s already stay as they are', () => {
    for (const name of Object.keys(file.tensors)) expect(timmName(name)).toBe(name);
  });
});
