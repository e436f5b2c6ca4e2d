import * as tf from '@tensorflow/tfjs-core';
import type { AddedClass } from './added-class/added-class.js';
import { frozen, frozenWeights } from './freeze.js';
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
  const [backbone, network] = [frozenWeights(state.backbone), frozenWeights(state.network)];
  if (config.precision === 'int8') useInt8(backbone, network);
  return {
    backbone,
    network,
    featureMean: frozen<tf.Rank.R1>(state.featureMean, [channels]),
    featureStd: frozen<tf.Rank.R1>(state.featureStd, [channels]),
    whitening: whitening && frozen(whitening, whiteningShape(trained, channels)),
    placeWhitening: placeWhitening && keepPlaces(placeWhitening, channels, trained.classes.length),
    classStats: classStats && {
      means: frozen<tf.Rank.R2>(classStats.means, [trained.classes.length, channels]),
      std: frozen<tf.Rank.R1>(classStats.std, [channels]),
    },
    added: added.map((own) => uploadAdded(own, placeWhitening)),
  };
}

function uploadAdded(
  { weights, mean, whitening, triangles }: AddedClass,
  places: DetectorState['placeWhitening'],
): AddedTensors {
  return {
    weights: frozenWeights(weights),
    mean: frozen<tf.Rank.R1>(mean, [mean.length]),
    whitening: whitening && frozen<tf.Rank.R2>(whitening, [mean.length, mean.length]),
    placeWhitening: triangles && places && keepPlaces({ ...places, triangles }, mean.length, 1),
  };
}

/** Not frozen: matrices of all places are only gathered from. Built into each graph they would take memory and gain nothing. */
function keepPlaces(...args: Parameters<typeof uploadPlaces>): PlaceTensors {
  const tensors = uploadPlaces(...args);
  for (const tensor of [tensors.directions, ...tensors.panels]) tf.keep(tensor);
  return tensors;
}
