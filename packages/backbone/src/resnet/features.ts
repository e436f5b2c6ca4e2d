import { type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { type BlockInfo, type ConvInfo, layerBlocks, type ResNetConfig, resNetInfo, STEM } from './config.js';

/** A convolution with its folded batch norm, padded by half its kernel as PyTorch pads. */
function convolve(params: Params, x: tf.Tensor4D, { name, kernel, stride }: ConvInfo): tf.Tensor4D {
  const weights = param(params, `${name}/kernel`) as tf.Tensor4D;
  const sums = tf.conv2d(x, weights, stride, (kernel - 1) / 2, 'NHWC', 1, 'floor');
  return tf.add<tf.Tensor4D>(sums, param(params, `${name}/bias`));
}

function residualBlock(params: Params, x: tf.Tensor4D, { convs, shortcut }: BlockInfo): tf.Tensor4D {
  const last = convs.length - 1;
  const inner = convs.reduce(
    (y, conv, i) => (i === last ? convolve(params, y, conv) : tf.relu(convolve(params, y, conv))),
    x,
  );
  return tf.relu(tf.add<tf.Tensor4D>(inner, shortcut === undefined ? x : convolve(params, x, shortcut)));
}

/**
 * Feature maps of a frozen ResNet (He et al. 2016; wide: Zagoruyko and Komodakis 2016), as torchvision and timm have it: the
 * stride of a bottleneck is in its 3×3 convolution.
 *
 * @param params - Folded weights by the names of {@link resNetSpecs}.
 * @param images - `[B, H, W, 3]` float32, normalised.
 * @returns One `[B, H/stride, W/stride, channels]` (rounded up) for each of `config.layers`, in that order.
 * @throws MintError `INVALID_ARGUMENT` as {@link resNetInfo}, `MISSING_WEIGHT` when a weight is not there.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { initParams, normaliseImages, resNetFeatures, resNetInfo, resNetSpecs } from '@mint/backbone';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const config = { block: 'basic', depths: [2, 2, 2, 2], layers: [1, 2] } as const; // ResNet-18
 * const params = initParams(resNetSpecs(config), 0); // random; loadResNetWeights reads published weights
 * const images = normaliseImages(tf.zeros([1, 32, 32, 3]));
 * console.log(resNetFeatures(params, config, images).map(({ shape }) => shape)); // [ [ 1, 8, 8, 64 ], [ 1, 4, 4, 128 ] ]
 * console.log(resNetInfo(config)); // { channels: [ 64, 128 ], strides: [ 4, 8 ] }
 * ```
 */
export function resNetFeatures(params: Params, config: ResNetConfig, images: tf.Tensor4D): tf.Tensor4D[] {
  resNetInfo(config); // checks the configuration
  return tf.tidy(() => {
    const stem = tf.relu(convolve(params, images, STEM));
    let x = tf.maxPool(stem, 3, 2, 1, 'floor');
    const outputs = Array.from({ length: Math.max(...config.layers) }, (_, i) => {
      x = layerBlocks(config, i + 1).reduce((y, block) => residualBlock(params, y, block), x);
      return x;
    });
    return config.layers.flatMap((layer) => outputs[layer - 1] ?? []);
  });
}
