import { type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { type BlockInfo, type EfficientNetConfig, neededBlocks, nominalSide } from './blocks.js';

type Padding = 'same' | [[0, 0], [number, number], [number, number], [0, 0]];

/** TensorFlow's SAME amount on one axis: the odd pixel goes to the end. */
function sameAmount(size: number, kernel: number, stride: number): [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/** Padding of one convolution; `side` is the input side it would see in an image of nominal size. */
function paddingOf(
  mode: EfficientNetConfig['padding'],
  side: number,
  kernel: number,
  stride: number,
): Padding {
  if (mode === 'same') return 'same';
  const amount = sameAmount(side, kernel, stride);
  return [[0, 0], amount, amount, [0, 0]];
}

const swish = (x: tf.Tensor4D): tf.Tensor4D => tf.mul(x, tf.sigmoid(x));

/**
 * Feature maps of a frozen EfficientNet (Tan and Le, ICML 2019): outputs of MBConv blocks after projection and
 * residual sum, without activation.
 *
 * @param params - Folded weights, from {@link loadEfficientNetWeights}.
 * @param images - `[B, H, W, 3]` float32, normalised.
 * @returns One `[B, H/stride, W/stride, channels]` for each of `config.blocks`, in that order.
 * @throws MintError `INVALID_ARGUMENT` as {@link efficientNetInfo}, `MISSING_WEIGHT` when a weight is not there.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { efficientNetFeatures, efficientNetSpecs, initParams } from '@mint/backbone';
 *
 * const config = { variant: 'b0', blocks: [0, 2], padding: 'same' } as const;
 * const params = initParams(efficientNetSpecs(config), 1); // random: real ones from readEfficientNetWeights
 * const maps = efficientNetFeatures(params, config, tf.zeros([1, 32, 32, 3]));
 * console.log(maps.map(({ shape }) => shape.join('x'))); // [ '1x16x16x16', '1x8x8x24' ]
 * ```
 */
export function efficientNetFeatures(
  params: Params,
  config: EfficientNetConfig,
  images: tf.Tensor4D,
): tf.Tensor4D[] {
  return tf.tidy(() => {
    const biased = (x: tf.Tensor, name: string) => tf.add(x, param(params, `${name}/bias`)) as tf.Tensor4D;
    const conv = (x: tf.Tensor4D, name: string, stride = 1, pad: Padding = 'same') =>
      biased(tf.conv2d(x, param(params, `${name}/kernel`) as tf.Tensor4D, stride, pad), name);
    const depthwise = (x: tf.Tensor4D, name: string, stride: number, pad: Padding) =>
      biased(
        tf.depthwiseConv2d(x, param(params, `${name}/kernel`) as tf.Tensor4D, stride, pad as 'same'),
        name,
      );

    const block = (x: tf.Tensor4D, info: BlockInfo, side: number): tf.Tensor4D => {
      const name = `block${info.index}`;
      const expanded = info.expand === 1 ? x : swish(conv(x, `${name}/expand`));
      const pad = paddingOf(config.padding, side, info.kernel, info.stride);
      const filtered = swish(depthwise(expanded, `${name}/depthwise`, info.stride, pad));
      const squeezed = swish(conv(tf.mean(filtered, [1, 2], true), `${name}/reduce`));
      const excited = tf.mul(filtered, tf.sigmoid(conv(squeezed, `${name}/grow`))) as tf.Tensor4D;
      const projected = conv(excited, `${name}/project`);
      return info.stride === 1 && info.inChannels === info.outChannels ? tf.add(x, projected) : projected;
    };

    let side = nominalSide(config.variant);
    let x = swish(conv(images, 'stem', 2, paddingOf(config.padding, side, 3, 2)));
    side = Math.ceil(side / 2);
    const outputs = new Map<number, tf.Tensor4D>();
    for (const info of neededBlocks(config)) {
      x = block(x, info, side);
      side = Math.ceil(side / info.stride);
      if (config.blocks.includes(info.index)) outputs.set(info.index, x);
    }
    return config.blocks.flatMap((index) => outputs.get(index) ?? []);
  });
}
