import {
  ClassStatsBuilder,
  type DetectorState,
  FeatureStatsBuilder,
  type MintDetector,
} from '@mint/detector';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';

/** Measures the training images: how each channel varies, and where the classes lie. */
export async function trainingStats(
  cache: FeatureCache,
  samples: readonly CachedSample[],
  { config, channels }: MintDetector,
): Promise<Required<Pick<DetectorState, 'featureMean' | 'featureStd' | 'classStats'>>> {
  const ofFeatures = new FeatureStatsBuilder(channels);
  const ofClasses = new ClassStatsBuilder(config.classes.length, channels);
  for (const image of samples) {
    const features = await readFeatures(cache, [image]);
    ofFeatures.add(features);
    ofClasses.add(features, image.sample.classIndex);
  }
  const { mean, std } = ofFeatures.result();
  return { featureMean: mean, featureStd: std, classStats: ofClasses.result() };
}
