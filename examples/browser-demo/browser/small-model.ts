import { prepareImage, readSample, type Sample } from '@mint/data';
import {
  ClassStatsBuilder,
  type CreateOptions,
  type DetectorConfig,
  FeatureStatsBuilder,
  MintDetector,
  PAPER_CONFIG,
  thresholdsAt,
  whiteningMatrix,
} from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';

const BASE = {
  ...PAPER_CONFIG,
  featureScaling: 'standardise',
  network: { hidden: 64, heads: 4, feedForward: 128, encoderLayers: 1, decoderLayers: 1, window: [7, 7] },
  map: 'whitened',
} as const satisfies Omit<DetectorConfig, 'classes'>;

const SCATTERING = { backbone: { kind: 'scattering' } } as const;

/** Good images per class. With three, one good image in four is above a threshold. */
const PER_CLASS = 3;
const ALPHA = 1 / (PER_CLASS + 1);

/**
 * An untrained detector that has everything else: statistics, whitening and thresholds from a few good images.
 *
 * @param on - Backbone and token grid. Default: scattering, 14 x 14 tokens.
 * @param weights - Of the backbone; they are rounded to float16.
 */
export async function smallModel(
  classes: readonly string[],
  good: readonly Sample[],
  on: Pick<DetectorConfig, 'backbone'> & Partial<Pick<DetectorConfig, 'grid'>> = SCATTERING,
  weights: CreateOptions['backbone'] = {},
): Promise<MintDetector> {
  const config = { ...BASE, ...on, classes };
  const chosen = classes.flatMap((name) =>
    good.filter(({ className }) => className === name).slice(0, PER_CLASS),
  );
  const blank = MintDetector.create(config, { backbone: weights, half: true });
  const features = await Promise.all(chosen.map((sample) => featuresOf(blank, sample)));
  const channels = blank.toState().featureMean.length;
  const [stats, classStats] = [
    new FeatureStatsBuilder(channels),
    new ClassStatsBuilder(classes.length, channels),
  ];
  chosen.forEach(({ classIndex }, i) => {
    const values = features[i]?.dataSync<'float32'>() ?? new Float32Array();
    stats.add(values);
    classStats.add(values, classIndex);
  });
  const { mean: featureMean, std: featureStd } = stats.result();
  const state = { ...blank.toState(), featureMean, featureStd, classStats: classStats.result() };
  const all = tf.concat4d(features, 0);
  const moments = tf.tidy(() => {
    const { residual } = MintDetector.fromState(state).residuals(all);
    const flat = tf.reshape(residual, [-1, channels]) as tf.Tensor2D;
    return tf.div(tf.matMul(flat, flat, true, false), flat.shape[0]).dataSync<'float32'>();
  });
  const whitening = whiteningMatrix(Float64Array.from(moments), channels);
  const predictions = await MintDetector.fromState({ ...state, whitening }).predictFeatures(all);
  const byClass = (value: (prediction: (typeof predictions)[number], classIndex: number) => number) =>
    Object.fromEntries(
      classes.map((name, k) => [
        name,
        predictions.flatMap((prediction, i) => (chosen[i]?.className === name ? value(prediction, k) : [])),
      ]),
    );
  const scores = {
    normalScores: byClass(({ score }) => score),
    normalMaxima: byClass(({ anomalyMap }) => Math.max(...anomalyMap)),
    normalOodScores: byClass(({ oodScores }, k) => oodScores?.[k] ?? Number.NaN),
  };
  // Untrained, it recognises wrong classes. Without an out-of-distribution threshold their scores decide.
  const thresholds = Object.fromEntries(
    Object.entries(thresholdsAt(scores, ALPHA)).map(([name, { ood, ...limits }]) => [
      name,
      name === classes.at(-1) && ood !== undefined ? { ...limits, ood } : limits,
    ]),
  );
  const top = Math.max(...Object.values(scores.normalMaxima).flat());
  const scale = [top / 2, top] as const;
  const heatScales = Object.fromEntries(classes.map((name) => [name, scale]));
  const calibration = { alpha: ALPHA, thresholds, heatScale: scale, heatScales, ...scores };
  return MintDetector.fromState({ ...state, whitening, calibration });
}

async function featuresOf(detector: MintDetector, sample: Sample): Promise<tf.Tensor4D> {
  const { image } = prepareImage(await readSample(sample), detector.config.input);
  return tf.tidy(() =>
    detector.features(tf.tensor4d(image.data, [1, image.height, image.width, 3], 'float32')),
  );
}
