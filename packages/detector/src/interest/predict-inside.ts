import type * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';
import type { Calibration } from '../limits/calibration.js';
import { type GivenClass, givenFor, type Prediction, type TokenPrediction } from '../prediction.js';
import { commonRegion, filled, regionOf, type TokenRegion } from './outside.js';
import { restrictedAll } from './restrict.js';

/** What {@link predictInside} needs of a detector. */
interface Looking {
  readonly config: DetectorConfig;
  readonly calibration: Calibration | undefined;
  readonly recognisedClass: (prediction: Prediction) => string | undefined;
}

/**
 * Predictions that only look at regions of interest: their maps have no value outside, and neither the network nor the recognition of
 * classes sees the tokens there. An image of an unknown class is looked at in the regions of all classes, and then again in that of the
 * recognised one where it is smaller.
 *
 * @param predict - Predictions of the detector for such features.
 */
export async function predictInside(
  features: tf.Tensor4D,
  given: GivenClass | undefined,
  detector: Looking,
  predict: (features: tf.Tensor4D) => Promise<TokenPrediction[]>,
): Promise<Prediction[]> {
  return restrictedAll(await seenInside(features, given, detector, predict), detector, given);
}

async function seenInside(
  features: tf.Tensor4D,
  given: GivenClass | undefined,
  detector: Looking,
  predict: (features: tf.Tensor4D) => Promise<TokenPrediction[]>,
): Promise<TokenPrediction[]> {
  const { config, calibration } = detector;
  const images = Array.from({ length: features.shape[0] }, (_, i) => i);
  const look = async (regions: readonly (TokenRegion | undefined)[]) => {
    if (regions.every((region) => region === undefined)) return predict(features);
    const seen = filled(features, regions);
    return predict(seen).finally(() => seen.dispose());
  };
  if (calibration?.outsideFeatures === undefined) return predict(features);
  const common = commonRegion(config, calibration);
  const first = images.map((i) => {
    const name = givenFor(given, i);
    return name === undefined ? common : regionOf(config, calibration, name);
  });
  const predictions = await look(first);
  const second = predictions.map((prediction, i) =>
    givenFor(given, i) === undefined
      ? (regionOf(config, calibration, detector.recognisedClass(prediction)) ?? first[i])
      : first[i],
  );
  const isSame = (a: TokenRegion | undefined, b: TokenRegion | undefined) =>
    a?.inside.join() === b?.inside.join() && a?.fill.join() === b?.fill.join();
  return second.every((region, i) => isSame(region, first[i])) ? predictions : look(second);
}
