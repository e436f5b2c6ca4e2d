import { readFileSync } from 'node:fs';
import { encodeSafetensors, MintError, Random, type SafetensorsFile, type TypedTensor } from '@mint/internal';
import { initParams, toTensors } from '@mint/internal/tfjs';
import {
  expectNoLeak,
  mutateSafetensors,
  needsTestBed,
  readSafetensors,
  testBed,
  testBedPath,
} from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onWasm } from '../__fixtures__/on-wasm.js';
import {
  alignFeatures,
  type EfficientNetConfig,
  efficientNetBlocks,
  efficientNetFeatures,
  efficientNetInfo,
  efficientNetSpecs,
  loadEfficientNetWeights,
  normaliseImages,
  readEfficientNetWeights,
} from '../index.js';

describe('efficientNetBlocks()', () => {
  // Numbers of blocks and last widths as in Tan and Le's code.
  test.each([
    ['b0', 16, 320],
    ['b1', 23, 320],
    ['b2', 23, 352],
    ['b3', 26, 384],
    ['b4', 32, 448],
    ['b5', 39, 512],
    ['b6', 45, 576],
    ['b7', 55, 640],
  ] as const)('%s has %i blocks, the last %i channels wide', (variant, count, channels) => {
    const blocks = efficientNetBlocks(variant);
    expect(blocks).toHaveLength(count);
    expect(blocks.at(-1)?.outChannels).toBe(channels);
    expect(blocks.at(-1)?.reduction).toBe(32);
  });

  test("UniAD's four stages of B4", () => {
    const info = efficientNetInfo({ variant: 'b4', blocks: [1, 5, 9, 21], padding: 'static' });
    expect(info).toEqual({ channels: [24, 32, 56, 160], strides: [2, 4, 8, 16] });
  });

  test.each([[[32]], [[-1]], [[1.5]], [[]]])('refuses the blocks %j', (blocks) => {
    expect(() => efficientNetInfo({ variant: 'b4', blocks, padding: 'same' })).toThrow('`blocks`');
  });
});

/** Random tensors under a port's names for B0 up to block 2: with and without expansion, stride 1 and 2. */
function portFile(port: 'lukemelas' | 'timm'): SafetensorsFile {
  const tensors: Record<string, TypedTensor> = {};
  const source = new Random(1);
  const random = () => source.uniform() - 0.5;
  const put = (name: string, shape: number[], positive = false) => {
    const size = shape.reduce((n, d) => n * d, 1);
    tensors[name] = {
      shape,
      data: Float32Array.from({ length: size }, () => (positive ? random() + 1 : random())),
    };
  };
  const conv = (name: string, norm: string | undefined, out: number, dIn: number, k: number) => {
    put(`${name}.weight`, [out, dIn, k, k]);
    if (norm === undefined) put(`${name}.bias`, [out]);
    else {
      for (const part of ['weight', 'bias', 'running_mean']) put(`${norm}.${part}`, [out]);
      put(`${norm}.running_var`, [out], true);
    }
  };
  const lukemelas = port === 'lukemelas';
  conv(lukemelas ? '_conv_stem' : 'conv_stem', lukemelas ? '_bn0' : 'bn1', 32, 3, 3);
  const blocks = [
    { stage: '0.0', expand: 1, dIn: 32, out: 16, k: 3 },
    { stage: '1.0', expand: 6, dIn: 16, out: 24, k: 3 },
    { stage: '1.1', expand: 6, dIn: 24, out: 24, k: 3 },
  ];
  blocks.forEach(({ stage, expand, dIn, out, k }, i) => {
    const [mid, squeeze] = [dIn * expand, dIn / 4];
    const expands = expand > 1;
    const at = (lu: string, ti: string) => (lukemelas ? `_blocks.${i}.${lu}` : `blocks.${stage}.${ti}`);
    if (expands) conv(at('_expand_conv', 'conv_pw'), at('_bn0', 'bn1'), mid, dIn, 1);
    conv(at('_depthwise_conv', 'conv_dw'), at('_bn1', expands ? 'bn2' : 'bn1'), mid, 1, k);
    conv(at('_se_reduce', 'se.conv_reduce'), undefined, squeeze, mid, 1);
    conv(at('_se_expand', 'se.conv_expand'), undefined, mid, squeeze, 1);
    conv(
      at('_project_conv', expands ? 'conv_pwl' : 'conv_pw'),
      at('_bn2', expands ? 'bn3' : 'bn2'),
      out,
      mid,
      1,
    );
  });
  return { tensors, metadata: {} };
}

describe('loadEfficientNetWeights()', () => {
  const config: EfficientNetConfig = { variant: 'b0', blocks: [0, 2], padding: 'same' };

  test('reads lukemelas and timm names alike', () => {
    const lukemelas = loadEfficientNetWeights(portFile('lukemelas'), config, 'l');
    expect(loadEfficientNetWeights(portFile('timm'), config, 't')).toEqual(lukemelas);
    const specs = efficientNetSpecs(config);
    expect(Object.keys(lukemelas).sort()).toEqual(Object.keys(specs).sort());
    for (const [name, { shape }] of Object.entries(lukemelas))
      expect(shape, name).toEqual(specs[name]?.shape);
  });

  test('folds batch norm: stem and depthwise output equal convolution, then normalisation', () => {
    const file = portFile('lukemelas');
    const folded = toTensors(loadEfficientNetWeights(file, config, 'l'));
    const raw = toTensors(file.tensors);
    const norm = (x: tf.Tensor, name: string) =>
      tf.batchNorm(
        x,
        raw[`${name}.running_mean`] as tf.Tensor1D,
        raw[`${name}.running_var`] as tf.Tensor1D,
        raw[`${name}.bias`] as tf.Tensor1D,
        raw[`${name}.weight`] as tf.Tensor1D,
        1e-3,
      );
    const x = tf.randomNormal([1, 7, 5, 3], 0, 1, 'float32', 1) as tf.Tensor4D;
    const stem = tf.transpose(raw['_conv_stem.weight'] as tf.Tensor4D, [2, 3, 1, 0]) as tf.Tensor4D;
    const want = norm(tf.conv2d(x, stem, 2, 'same'), '_bn0');
    const got = tf.add(
      tf.conv2d(x, folded['stem/kernel'] as tf.Tensor4D, 2, 'same'),
      folded['stem/bias'] as tf.Tensor,
    );
    expect(got).toBeAllClose(want, { rtol: 1e-4, atol: 1e-5 });
    const wide = tf.randomNormal([1, 7, 5, 32], 0, 1, 'float32', 2) as tf.Tensor4D;
    const depthwise = tf.transpose(
      raw['_blocks.0._depthwise_conv.weight'] as tf.Tensor4D,
      [2, 3, 0, 1],
    ) as tf.Tensor4D;
    const wantDepthwise = norm(tf.depthwiseConv2d(wide, depthwise, 1, 'same'), '_blocks.0._bn1');
    const kernel = folded['block0/depthwise/kernel'] as tf.Tensor4D;
    const gotDepthwise = tf.add(
      tf.depthwiseConv2d(wide, kernel, 1, 'same'),
      folded['block0/depthwise/bias'] as tf.Tensor,
    );
    expect(gotDepthwise).toBeAllClose(wantDepthwise, { rtol: 1e-4, atol: 1e-5 });
  });

  test('names file and tensor when one is missing or of another shape', () => {
    const file = portFile('timm');
    const { 'blocks.1.0.bn3.bias': _, ...rest } = file.tensors;
    expect(() => loadEfficientNetWeights({ ...file, tensors: rest }, config, 'w.safetensors')).toThrow(
      "w.safetensors: tensor 'blocks.1.0.bn3.bias' is missing",
    );
    const other = { ...file.tensors, 'bn1.bias': { shape: [31], data: new Float32Array(31) } };
    expect(() => loadEfficientNetWeights({ ...file, tensors: other }, config, 'w.safetensors')).toThrow(
      "'bn1.bias' must be [32], got [31]",
    );
  });

  test('mutated weight files are read, or refused by name', () => {
    const bytes = encodeSafetensors(portFile('timm').tensors);
    const outcomes: Record<string, number> = {};
    for (let seed = 0; seed < 300; seed++) {
      let outcome = 'read';
      try {
        readEfficientNetWeights(mutateSafetensors(bytes, new Random(seed)), config, 'w.safetensors');
      } catch (error) {
        if (!MintError.isInstance(error)) throw new Error(`seed ${seed}`, { cause: error });
        expect(error.message, `seed ${seed}`).toMatch(/^w\.safetensors: .{1,400}$/);
        outcome = error.code;
      }
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    const {
      read = 0,
      CORRUPT_FILE: corrupt = 0,
      MISSING_WEIGHT: missing = 0,
      SHAPE_MISMATCH: shape = 0,
    } = outcomes;
    expect(read + corrupt + missing + shape).toBe(300);
    // A flipped bit among weights gives another weight.
    expect(Math.min(read, missing)).toBeGreaterThan(0);
    expect(corrupt).toBeGreaterThan(100);
  });
});

test('a tiny forward pass gives the promised shapes in the order asked for and leaks nothing', () => {
  const config: EfficientNetConfig = { variant: 'b0', blocks: [4, 0], padding: 'same' };
  const params = initParams(efficientNetSpecs(config), 1);
  const images = tf.randomNormal([2, 32, 24, 3], 0, 1, 'float32', 3) as tf.Tensor4D;
  const maps = efficientNetFeatures(params, config, images);
  expect(maps.map(({ shape }) => shape)).toEqual([
    [2, 4, 3, 40],
    [2, 16, 12, 16],
  ]);
  expect(Number.isFinite(tf.sum(maps[0] as tf.Tensor).dataSync()[0])).toBe(true);
  expectNoLeak(() => efficientNetFeatures(params, config, images));
});

describe('EfficientNet-B4 with real weights', () => {
  const golden = () => readSafetensors(testBedPath('golden', 'efficientnet-b4.safetensors')).tensors;
  const load = (file: string, config: EfficientNetConfig) => {
    const path = testBedPath('weights', file);
    return toTensors(readEfficientNetWeights(readFileSync(path), config, path));
  };
  const photo = (name: string) => {
    const data = golden()[`${name}/input`]?.data;
    if (!(data instanceof Uint8Array)) throw new Error('no golden photo');
    return normaliseImages(tf.tensor4d(data, [1, 224, 224, 3]));
  };
  const expected = (name: string) => {
    const found = golden()[name];
    if (!(found?.data instanceof Float32Array)) throw new Error(`no golden ${name}`);
    return tf.tensor(found.data, [1, ...found.shape]);
  };

  test.skipIf(testBed === undefined).each([
    ['static', 'photo0/aligned'],
    ['same', 'photo1/alignedSame'],
  ] as const)(needsTestBed('equals PyTorch with %s padding'), async (padding, name) => {
    await onWasm();
    const config: EfficientNetConfig = { variant: 'b4', blocks: [1, 5, 9, 21], padding };
    const params = load('efficientnet_b4_stem_blocks0-21.f32.safetensors', config);
    const maps = efficientNetFeatures(params, config, photo(name.split('/')[0] ?? ''));
    expect(alignFeatures(maps, [14, 14])).toBeAllClose(expected(name), { rtol: 0, atol: 2e-3 });
  });

  // The golden values come from float32 weights, so the distance is that of rounding weights to float16.
  test.skipIf(testBed === undefined)(needsTestBed('float16 weights reach block 30'), async () => {
    await onWasm();
    const config: EfficientNetConfig = { variant: 'b4', blocks: [30], padding: 'static' };
    const params = load('efficientnet_b4_blocks0-30.f16.safetensors', config);
    const [map] = efficientNetFeatures(params, config, photo('photo0')) as [tf.Tensor4D];
    const want = expected('photo0/block30');
    const error = tf.div(tf.norm(tf.sub(map, want)), tf.norm(want)).dataSync()[0];
    expect(map.shape).toEqual([1, 7, 7, 448]);
    expect(error).toBeLessThan(0.01);
  });
});
