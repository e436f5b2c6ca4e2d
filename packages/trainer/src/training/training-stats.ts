import { ClassStatsBuilder, type DetectorState, FeatureStatsBuilder } from '@mint/detector';
import type { FeatureCache } from '../features/feature-cache.js';
import { type CachedSample, readFeatures } from '../features/features.js';

/** What a detector has to know of its training images: how each channel varies, and where the classes lie. */
export async function trainingStats(
  cache: FeatureCache,
  samples: readonly CachedSample[],
  classes: number,
  channels: number,
): Promise<Required<Pick<DetectorState, 'featureMean' | 'featureStd' | 'classStats'>>> {
  const ofFeatures = new FeatureStatsBuilder(channels);
  const ofClasses = new ClassStatsBuilder(classes, channels);
  for (const image of samples) {
    const features = await readFeatures(cache, [image]);
    ofFeatures.add(features);
    ofClasses.add(features, image.sample.classIndex);
  }
  const { mean, std } = ofFeatures.result();
  return { featureMean: mean, featureStd: std, classStats: ofClasses.result() };
}
