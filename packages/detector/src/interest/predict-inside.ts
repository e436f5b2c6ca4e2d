import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';
import type { Calibration } from '../limits/calibration.js';
import { type GivenClass, givenFor, type Prediction, type TokenPrediction } from '../prediction.js';
import type { Interests } from './interest.js';
import { isSameLook, type Look, lookedAtTensor, lookOf } from './look.js';
import { commonRegion, filled, regionOf, type TokenRegion } from './outside.js';
import { restrictedAll } from './restrict.js';

/** What these need of a detector. */
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
  interests?: Interests,
): Promise<Prediction[]> {
  return restrictedAll(await seenInside(features, given, detector, predict), detector, given, interests);
}

/**
 * Predictions of a detector that has something usual in place of the pixels that are not looked at. An image of an unknown class is seen
 * where any class looks, and then again as the recognised one is, unless that is the same.
 *
 * @param count - Number of images.
 * @param predict - Predictions for the images, seen like this.
 */
export async function predictLooking(
  count: number,
  given: GivenClass | undefined,
  interests: Interests,
  detector: Looking,
  predict: (looks: readonly (Look | undefined)[]) => Promise<Prediction[]>,
): Promise<Prediction[]> {
  const looksAs = (nameOf: (i: number) => string | undefined) =>
    Array.from({ length: count }, (_, i) => lookOf(detector, nameOf(i), interests[i]));
  const first = looksAs((i) => givenFor(given, i));
  const predictions = await predict(first);
  if (detector.calibration?.outsidePixels === undefined) return predictions;
  const second = looksAs((i) => {
    const prediction = predictions[i];
    return givenFor(given, i) ?? (prediction && detector.recognisedClass(prediction));
  });
  return second.every((look, i) => isSameLook(look, first[i])) ? predictions : predict(second);
}

/** {@link predictLooking} on `[B, H, W, 3]` images, RGB, 0 to 255. */
export async function predictImages(
  images: tf.Tensor4D,
  given: GivenClass | undefined,
  interests: Interests,
  detector: Looking & {
    readonly features: (images: tf.Tensor4D) => tf.Tensor4D;
    readonly predictFeatures: (
      features: tf.Tensor4D,
      given: GivenClass | undefined,
      isTile: boolean,
      interests: Interests,
    ) => Promise<Prediction[]>;
  },
): Promise<Prediction[]> {
  return predictLooking(images.shape[0], given, interests, detector, async (looks) => {
    const features = tf.tidy(() =>
      detector.features(looks.some((look) => look !== undefined) ? lookedAtTensor(images, looks) : images),
    );
    const predictions = detector.predictFeatures(features, given, false, interests);
    return predictions.finally(() => features.dispose());
  });
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
