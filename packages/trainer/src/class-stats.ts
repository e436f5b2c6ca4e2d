import { type ClassStats, ClassStatsBuilder } from '@mint/detector';
import type { FeatureCache } from './feature-cache.js';
import { type CachedSample, readFeatures } from './features.js';

/** Where the classes of cached training pictures lie in feature space. @param classes - Number of classes. */
export async function classStatsOf(
  cache: FeatureCache,
  samples: readonly CachedSample[],
  classes: number,
  channels: number,
): Promise<ClassStats> {
  const builder = new ClassStatsBuilder(classes, channels);
  for (const picture of samples) builder.add(await readFeatures(cache, [picture]), picture.sample.classIndex);
  return builder.result();
}
