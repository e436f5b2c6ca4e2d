import { backboneInfo } from '@mint/backbone';
import { ones, type Params, param, zeros } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';
import type { ModelKind } from './model-kind.js';
import { recogniseByMean } from './recognise.js';

/** Tokens of good images that are remembered at each place of each class. */
export const REMEMBERED = 16;
/** A token is compared with what is remembered this many places away, in each direction: good images move a little. */
const RADIUS = 1;
/** Added to the squared distance of tokens that lie further away; more than any distance. */
const FAR = 1e9;

/**
 * No network: a good image has at each place a token that was seen near that place in a good image of its class (PatchCore, Roth et
 * al., CVPR 2022, with one memory for each place). What is foretold is the nearest remembered token.
 */
export const MEMORY_KIND: ModelKind = {
  title: 'Memory by class and place',
  recognisesClasses: true,
  specs({ classes, ...config }) {
    const [places, channels] = sizesOf(config);
    return {
      bank: { shape: [classes.length, places, REMEMBERED, channels], init: zeros },
      means: { shape: [classes.length, channels], init: zeros },
      spread: { shape: [channels], init: ones },
    };
  },
  whyClosed: () => undefined,
  classSpecs(config) {
    const [places, channels] = sizesOf(config);
    return { bank: { shape: [places, REMEMBERED, channels], init: zeros } };
  },
  forward(params, { grid }, tokens, { ofClass }) {
    if (ofClass !== undefined) {
      const bank = tf.expandDims(param(ofClass, 'bank'), 0) as tf.Tensor4D;
      return { reconstruction: nearest(tokens, bank, tf.zeros([tokens.shape[0]], 'int32'), grid) };
    }
    const recognised = recognisedBy(params, tokens);
    const bank = param(params, 'bank') as tf.Tensor4D;
    const classes = tf.argMax<tf.Tensor1D>(recognised.logits, 1);
    return { reconstruction: nearest(tokens, bank, classes, grid), ...recognised };
  },
};

const sizesOf = ({ grid, backbone }: Pick<DetectorConfig, 'grid' | 'backbone'>): [number, number] => [
  grid[0] * grid[1],
  backboneInfo(backbone).totalChannels,
];

const recognisedBy = (params: Params, tokens: tf.Tensor3D) =>
  recogniseByMean(tokens, param(params, 'means') as tf.Tensor2D, param(params, 'spread') as tf.Tensor1D);

/**
 * For each token the nearest one that its class has at the same place or around it.
 *
 * @param bank - `[K, N, M, C]`. @param classes - `[B]`: class of each image.
 * @returns `[B, N, C]`.
 */
function nearest(
  tokens: tf.Tensor3D,
  bank: tf.Tensor4D,
  classes: tf.Tensor1D,
  grid: DetectorConfig['grid'],
): tf.Tensor3D {
  const [, places, remembered, channels] = bank.shape;
  const entries = places * remembered;
  const all = tf.reshape(bank, [-1, entries, channels]) as tf.Tensor3D;
  const own = tf.gather(all, classes);
  const lengths = tf.expandDims(tf.sum(tf.square(own), 2), 1);
  // The squared length of the token itself is the same for all and left out.
  const distances = tf.sub(lengths, tf.mul(tf.matMul(tokens, own, false, true), 2));
  const near = tf.add(tf.reshape(distances, [-1, places, places, remembered]), distantPlaces(grid));
  const index = tf.argMin(tf.reshape(near, [-1, places, entries]), 2);
  const found = tf.add(index, tf.mul(tf.expandDims(classes, 1), tf.scalar(entries, 'int32')));
  const vectors: tf.Tensor = tf.reshape(all, [-1, channels]);
  return tf.gather(vectors, tf.cast(found, 'int32')) as tf.Tensor3D;
}

/** `[N, N, 1]`: 0 for places within the radius of each other, {@link FAR} for others. */
function distantPlaces([rows, cols]: DetectorConfig['grid']): tf.Tensor3D {
  const places = rows * cols;
  const far = Float32Array.from({ length: places * places }, (_, i) => {
    const [a, b] = [Math.floor(i / places), i % places];
    const down = Math.abs(Math.floor(a / cols) - Math.floor(b / cols));
    return Math.max(down, Math.abs((a % cols) - (b % cols))) > RADIUS ? FAR : 0;
  });
  return tf.tensor3d(far, [places, places, 1]);
}
