import { backboneInfo } from '@mint/backbone';
import { ones, param, zeros } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelKind } from './model-kind.js';
import { recogniseByMean } from './recognise.js';

/**
 * No network: a good image has at each place the mean of its class there (PaDiM, Defard et al., ICPR 2021, with one model for all
 * classes). With the map `'whitened-by-class-and-place'` its length is the Mahalanobis distance under a Gaussian for each class
 * and place.
 */
export const GAUSSIAN_KIND: ModelKind = {
  title: 'Gaussian by class and place',
  recognisesClasses: true,
  specs({ classes, grid: [rows, cols], backbone }) {
    const { totalChannels } = backboneInfo(backbone);
    return {
      means: { shape: [classes.length, rows * cols, totalChannels], init: zeros },
      spread: { shape: [totalChannels], init: ones },
    };
  },
  whyClosed: () => undefined,
  classSpecs: ({ grid: [rows, cols], backbone }) => ({
    means: { shape: [rows * cols, backboneInfo(backbone).totalChannels], init: zeros },
  }),
  forward(params, _config, tokens, { ofClass }) {
    if (ofClass !== undefined)
      return { reconstruction: tf.add(tf.zerosLike(tokens), param(ofClass, 'means')) as tf.Tensor3D };
    const means = param(params, 'means') as tf.Tensor3D;
    const recognised = recogniseByMean(tokens, tf.mean(means, 1), param(params, 'spread') as tf.Tensor1D);
    const reconstruction = tf.gather(means, tf.argMax<tf.Tensor1D>(recognised.logits, 1));
    return { reconstruction, ...recognised };
  },
};
