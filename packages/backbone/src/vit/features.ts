import { MintError } from '@mint/internal';
import { attention, feedForward, layerNorm } from '@mint/internal/nn';
import { type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { neededDepth, type VitConfig, vitInfo } from './config.js';
import { type Rotation, resamplePositions, rotaryTables, rotate } from './positions.js';

/** x·kernel + bias over the last axis. */
function affine(x: tf.Tensor3D, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor3D {
  const product = tf.matMul(tf.reshape(x, [-1, x.shape[2]]), kernel as tf.Tensor2D);
  return tf.reshape(tf.add(product, bias), [x.shape[0], x.shape[1], bias.size]);
}

const dense = (params: Params, name: string, x: tf.Tensor3D): tf.Tensor3D =>
  affine(x, param(params, `${name}/kernel`), param(params, `${name}/bias`));

/** Rotates each head's channels of all tokens. @param x - `[B, T, C]`. */
function rotateHeads(x: tf.Tensor3D, heads: number, rotation: Rotation): tf.Tensor3D {
  const [batch, tokens, width] = x.shape;
  const split = tf.reshape(x, [batch, tokens, heads, width / heads]);
  return tf.reshape(rotate(split, rotation), x.shape);
}

/** Self-attention of all tokens. @param x - `[B, T, C]`. */
function selfAttention(
  params: Params,
  name: string,
  x: tf.Tensor3D,
  heads: number,
  rotation: Rotation | undefined,
): tf.Tensor3D {
  // Split weights, not their products: a backend that knows that they stay the same splits them once.
  const kernels = tf.split(param(params, `${name}/in/kernel`), 3, 1);
  const biases = tf.split(param(params, `${name}/in/bias`), 3);
  const [q, k, v] = kernels.map((kernel, i) => affine(x, kernel, biases[i] as tf.Tensor)) as [
    tf.Tensor3D,
    tf.Tensor3D,
    tf.Tensor3D,
  ];
  const turn = (part: tf.Tensor3D) => (rotation === undefined ? part : rotateHeads(part, heads, rotation));
  return dense(params, `${name}/out`, attention(turn(q), turn(k), v, heads));
}

function mlp(params: Params, name: string, x: tf.Tensor3D, kind: VitConfig['feedForward']): tf.Tensor3D {
  if (kind === 'swiglu') {
    const gate = dense(params, `${name}/gate`, x);
    return dense(
      params,
      `${name}/down`,
      tf.mul(tf.mul(gate, tf.sigmoid(gate)), dense(params, `${name}/up`, x)),
    );
  }
  const weights = {
    kernel1: param(params, `${name}/up/kernel`),
    bias1: param(params, `${name}/up/bias`),
    kernel2: param(params, `${name}/down/kernel`),
    bias2: param(params, `${name}/down/bias`),
  };
  return feedForward(x, weights, { activation: 'gelu' });
}

/**
 * Class token, registers and patches before the first block.
 *
 * @returns `[B, 1 + registers + rows·cols, C]`.
 */
function embed(
  params: Params,
  config: VitConfig,
  images: tf.Tensor4D,
  grid: readonly [number, number],
): tf.Tensor3D {
  const { patch, width, registers, positions } = config;
  const batch = images.shape[0];
  const kernel = param(params, 'patch/kernel') as tf.Tensor4D;
  const patches = tf.add(tf.conv2d(images, kernel, patch, 'valid'), param(params, 'patch/bias'));
  const tokens = tf.reshape(patches, [batch, grid[0] * grid[1], width]);
  const placed =
    positions.kind === 'learned'
      ? tf.add(tokens, resamplePositions(param(params, 'positions'), positions, grid))
      : tokens;
  const first = ['class', ...(registers > 0 ? ['registers'] : [])].map((name) => {
    const token = param(params, name);
    return tf.tile(tf.expandDims(token, 0), [batch, 1, 1]);
  });
  return tf.concat([...first, placed], 1) as tf.Tensor3D;
}

/**
 * Feature maps of a frozen vision transformer (Dosovitskiy et al. 2021) of the DINOv2, DINOv3 or plain kind: patch tokens after
 * blocks, before or after the last layer norm.
 *
 * @param params - Weights by the names of {@link vitSpecs}.
 * @param images - `[B, H, W, 3]` float32, normalised; H and W multiples of the patch.
 * @returns One `[B, H/patch, W/patch, width]` for each of `config.blocks`, in that order.
 * @throws MintError `INVALID_ARGUMENT` as {@link vitInfo}, `MISSING_WEIGHT` when a weight is not there.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { initParams, normaliseImages, vitFeatures, vitInfo, vitSpecs } from '@mint/backbone';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const config = {
 *   patch: 14,
 *   width: 64,
 *   depth: 2,
 *   heads: 1,
 *   hidden: 128,
 *   feedForward: 'gelu',
 *   registers: 4,
 *   positions: { kind: 'learned', grid: [37, 37], resample: 'antialias' },
 *   epsilon: 1e-6,
 *   blocks: [0, 1], // [[0, 1]] gives one map, the mean of both
 *   finalNorm: false,
 *   normalisation: 'imagenet',
 * } as const;
 * const params = initParams(vitSpecs(config), 0); // random; loadVitWeights reads published weights
 * const images = normaliseImages(tf.zeros([1, 56, 42, 3]));
 * console.log(vitFeatures(params, config, images).map(({ shape }) => shape)); // [ [ 1, 4, 3, 64 ], [ 1, 4, 3, 64 ] ]
 * console.log(vitInfo(config)); // { channels: [ 64, 64 ], strides: [ 14, 14 ] }
 * ```
 */
export function vitFeatures(params: Params, config: VitConfig, images: tf.Tensor4D): tf.Tensor4D[] {
  vitInfo(config); // checks the configuration
  const { patch, width, heads, registers, positions, epsilon, blocks, finalNorm } = config;
  const [, height, columns] = images.shape;
  const grid = [height / patch, columns / patch] as const;
  if (!grid.every(Number.isInteger)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `vitFeatures: sides of the images must be multiples of ${patch}, got ${height} x ${columns}.`,
    );
  }
  const prefix = 1 + registers;
  return tf.tidy(() => {
    const rotation =
      positions.kind === 'rotary' ? rotaryTables(positions, grid, prefix, width / heads) : undefined;
    const normed = (name: string, tokens: tf.Tensor3D) =>
      layerNorm(tokens, param(params, `${name}/gamma`), param(params, `${name}/beta`), epsilon);
    const outputs: tf.Tensor3D[] = [];
    let x = embed(params, config, images, grid);
    for (let index = 0; index < neededDepth(config); index++) {
      const name = `block${index}`;
      x = tf.add(x, selfAttention(params, `${name}/attention`, normed(`${name}/norm1`, x), heads, rotation));
      x = tf.add(x, mlp(params, `${name}/mlp`, normed(`${name}/norm2`, x), config.feedForward));
      outputs.push(x);
    }
    return blocks.map((group) => {
      const parts = [group].flat().flatMap((index) => outputs[index] ?? []);
      const ends = finalNorm ? parts.map((part) => normed('norm', part)) : parts;
      const mean = tf.div(tf.addN(ends), ends.length);
      const patches = tf.slice(mean, [0, prefix, 0], [-1, -1, -1]);
      return tf.reshape(patches, [-1, grid[0], grid[1], width]);
    });
  });
}
