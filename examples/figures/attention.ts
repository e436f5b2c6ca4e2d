import type { MintDetector } from '@mint/detector';
import { blockContext, neighbourMask, type ReconstructionConfig } from '@mint/transformer';
import * as tf from '@tensorflow/tfjs-core';
import type { Tokens } from './tiles.js';

/**
 * Where tokens of the first encoder layer look, heads averaged, brightest the most; the token itself green, what the neighbour
 * mask hides from it blue.
 *
 * @param features - `[1, rows, cols, C]` of an image, unscaled.
 * @param places - Tokens to show, row and column.
 */
export async function attentionMaps(
  detector: MintDetector,
  features: tf.Tensor4D,
  places: readonly (readonly [number, number])[],
): Promise<Tokens[]> {
  const { channels } = detector;
  const { config, network, featureMean, featureStd } = detector.toState();
  const [rows, cols] = config.grid;
  const shape: ReconstructionConfig = {
    ...config.network,
    channels,
    grid: config.grid,
    queries: 'given',
  };
  const weights = tf.tidy(() => {
    const params = Object.fromEntries(
      Object.entries(network).map(([name, value]) => [
        name,
        tf.tensor(value.data, [...value.shape], 'float32'),
      ]),
    );
    const dense = (name: string, x: tf.Tensor2D) =>
      tf.add(
        tf.matMul(x, params[`${name}/kernel`] as tf.Tensor2D),
        params[`${name}/bias`] as tf.Tensor,
      ) as tf.Tensor2D;
    const flat = tf.reshape(features, [rows * cols, channels]);
    const tokens = config.featureScaling === 'none' ? flat : tf.div(tf.sub(flat, featureMean), featureStd);
    const { position, mask } = blockContext(params, shape);
    const placed = tf.add(dense('inputProj', tokens as tf.Tensor2D), position as tf.Tensor) as tf.Tensor2D;
    const { heads, hidden } = config.network;
    const split = (x: tf.Tensor2D) =>
      tf.transpose(tf.reshape(x, [rows * cols, heads, hidden / heads]), [1, 0, 2]);
    const [q, k] = ['q', 'k'].map((part) => split(dense(`encoder/0/attn/${part}`, placed))) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const logits = tf.div(tf.matMul(q, k, false, true), Math.sqrt(hidden / heads));
    return tf.mean(tf.softmax(mask === undefined ? logits : tf.add(logits, mask)), 0) as tf.Tensor2D;
  });
  const table = await weights.array();
  weights.dispose();
  const blocked = neighbourMask(config.grid, config.network.window);
  return places.map(([row, col]) => {
    const token = row * cols + col;
    const seen = table[token] ?? [];
    const most = Math.max(...seen);
    return seen.flatMap((value, key) => {
      if (key === token) return [0.2, 0.8, 0.3];
      if (blocked[token * rows * cols + key] === 1) return [0.1, 0.2, 0.45];
      return [value / most, (value / most) ** 1.5, 0.15];
    });
  });
}
