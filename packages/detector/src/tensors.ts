import { toTensors } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { AddedClass } from './added-class/added-class.js';
import { freeze } from './freeze.js';
import { useInt8 } from './int8.js';
import { type PlaceTensors, uploadPlaces } from './maps/place-map.js';
import { type DetectorState, trainedConfig, whiteningShape } from './state.js';

/** {@link DetectorState} on the backend, by the same names. */
export type DetectorTensors = {
  backbone: Record<string, tf.Tensor>;
  network: Record<string, tf.Tensor>;
  /** `[C]`. */
  featureMean: tf.Tensor1D;
  /** `[C]`. */
  featureStd: tf.Tensor1D;
  /** `[C, C]`, or `[K, C, C]` by class. */
  whitening: tf.Tensor | undefined;
  placeWhitening: PlaceTensors | undefined;
  /** `[K, C]` and `[C]`. */
  classStats: { means: tf.Tensor2D; std: tf.Tensor1D } | undefined;
  added: AddedTensors[];
};

/** {@link AddedClass} on the backend. */
type AddedTensors = {
  weights: Record<string, tf.Tensor>;
  /** `[C]`. */
  mean: tf.Tensor1D;
  /** `[C, C]`. */
  whitening: tf.Tensor2D | undefined;
  placeWhitening: PlaceTensors | undefined;
};

/** Uploads a detector's weights; `tf.dispose` frees them, an enclosing `tf.tidy` does not. */
export function uploadState(state: DetectorState): DetectorTensors {
  const { config, whitening, placeWhitening, classStats, added = [] } = state;
  const trained = trainedConfig(config, added.length);
  const channels = state.featureMean.length;
  const [backbone, network] = [keepAll(toTensors(state.backbone)), keepAll(toTensors(state.network))];
  if (config.precision === 'int8') useInt8(backbone, network);
  const tensors: DetectorTensors = {
    backbone,
    network,
    featureMean: tf.keep(tf.tensor1d(state.featureMean)),
    featureStd: tf.keep(tf.tensor1d(state.featureStd)),
    whitening: whitening && tf.keep(tf.tensor(whitening, whiteningShape(trained, channels))),
    placeWhitening: placeWhitening && keepPlaces(placeWhitening, channels, trained.classes.length),
    classStats: classStats && {
      means: tf.keep(tf.tensor2d(classStats.means, [trained.classes.length, channels])),
      std: tf.keep(tf.tensor1d(classStats.std)),
    },
    added: added.map((own) => uploadAdded(own, placeWhitening)),
  };
  freeze(tensors);
  return tensors;
}

function uploadAdded(
  { weights, mean, whitening, triangles }: AddedClass,
  places: DetectorState['placeWhitening'],
): AddedTensors {
  return {
    weights: keepAll(toTensors(weights)),
    mean: tf.keep(tf.tensor1d(mean)),
    whitening: whitening && tf.keep(tf.tensor2d(whitening, [mean.length, mean.length])),
    placeWhitening: triangles && places && keepPlaces({ ...places, triangles }, mean.length, 1),
  };
}

function keepPlaces(...args: Parameters<typeof uploadPlaces>): PlaceTensors {
  const tensors = uploadPlaces(...args);
  for (const tensor of [tensors.directions, ...tensors.panels]) tf.keep(tensor);
  return tensors;
}

function keepAll(tensors: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  for (const tensor of Object.values(tensors)) tf.keep(tensor);
  return tensors;
}
