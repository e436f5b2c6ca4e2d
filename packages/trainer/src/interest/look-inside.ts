import { type Calibration, MintDetector, tokenRegion } from '@mint/detector';
import { own } from '@mint/internal';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { ALPHA } from './calibrate.js';
import { OutsideMeans } from './outside-features.js';

type Cached = Readonly<Record<'fit' | 'validation', readonly CachedSample[]>>;

/**
 * A detector that looks at regions of interest before it has learned anything, and images whose features have nothing of what lies
 * outside: statistics, network and loss never see it.
 *
 * @returns A new detector; the caller disposes it.
 */
export async function lookInside(
  blank: MintDetector,
  cache: FeatureCache,
  { fit, validation }: Cached,
  regionsOfInterest: NonNullable<Calibration['regionsOfInterest']>,
): Promise<{ readonly detector: MintDetector; readonly cached: Cached }> {
  const { config } = blank;
  const means = new OutsideMeans(blank, regionsOfInterest);
  if (config.input.tiles === undefined)
    for (const image of fit) means.add(await readFeatures(cache, [image]), image.sample.className);
  const outsideFeatures = config.input.tiles === undefined ? means.result() : undefined;
  const regions = new Map(
    config.classes.map((name) => [
      name,
      tokenRegion(config, own(regionsOfInterest, name), own(outsideFeatures, name)),
    ]),
  );
  const inside = (images: readonly CachedSample[]) =>
    images.map((image) => ({ ...image, region: regions.get(image.sample.className) }));
  // Thresholds come at the end.
  const calibration: Calibration = {
    alpha: ALPHA,
    regionsOfInterest,
    outsideFeatures,
    thresholds: {},
    heatScales: {},
    heatScale: [0, 1],
    normalScores: {},
    normalMaxima: {},
  };
  return {
    detector: MintDetector.fromState({ ...blank.toState(), calibration }),
    cached: { fit: inside(fit), validation: inside(validation) },
  };
}
