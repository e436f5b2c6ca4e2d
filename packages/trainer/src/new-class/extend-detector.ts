import { type Sample, splitHoldout } from '@mint/data';
import type { ImageSets, MintDetector } from '@mint/detector';
import { shortHash } from '@mint/detector';
import { MintError } from '@mint/internal';
import { assertUnseen } from '../calibration/assert-unseen.js';
import { cacheFeatures, type FeatureBatch, featureBatches } from '../features/feature-batches.js';
import type { FeatureCache } from '../features/feature-cache.js';
import type { JobHooks } from '../logging/job-hooks.js';
import { addClass, assertExtendable, FIT_CLASS } from './add-class.js';
import { comparePredictions, type PredictionChanges } from './compare-predictions.js';

/** Share of the good images held out for the thresholds: more where the thresholds need more, up to half of them. */
const HOLDOUT = 0.15;
/** Images compared at once. */
const BATCH = 8;

/** Options of {@link extendDetector}. */
export interface ExtendOptions {
  /** From `featureCacheOf`. The old held-out images whose features it has are compared. */
  readonly cache: FeatureCache;
  /** Seed of the split and the fit. */
  readonly seed: number;
}

/** The result of {@link extendDetector}. */
export interface ExtendedDetector {
  /** Knows the class too; the caller disposes it. */
  readonly detector: MintDetector;
  /** Good images that the class was fitted on. */
  readonly fitted: number;
  /** Good images held out for its thresholds. */
  readonly heldOut: number;
  /** Held-out images that are recognised as the class without being given it. */
  readonly recognised: number;
  /** Seconds of the fit. */
  readonly seconds: number;
  /** What became of the predictions for old held-out images whose features are in the cache. */
  readonly oldImages: PredictionChanges;
  /** The same for the images of the class itself. */
  readonly newImages: PredictionChanges;
}

/**
 * Adds a class to a trained detector from good images of it: splits them, fits the class with `addClass`, and proves that the
 * predictions for everything else are the same as before, bit for bit.
 *
 * @param samples - Good images of the class, at least 2.
 * @throws MintError `INVALID_ARGUMENT` for a detector that cannot be extended, and for an image that it has seen;
 * `COMPUTE_FAILED` when another prediction changed; those of `addClass`.
 *
 * See the example of `addClass`, which does the fit alone.
 */
export async function extendDetector(
  before: MintDetector,
  className: string,
  samples: readonly Sample[],
  { cache, seed }: ExtendOptions,
  { onStage, onProgress, onStageEnd, onError }: JobHooks = {},
): Promise<ExtendedDetector> {
  assertExtendable(before, className);
  onStage?.({ title: `features of ${className}`, total: samples.length, unit: 'images' });
  const cached = await cacheFeatures(before, cache, samples, { onProgress, onError });
  onStageEnd?.();
  const { images = { fit: [], heldOut: [], test: [] } } = before.toState();
  assertUnseen(
    cached.map(({ sample, contentHash }) => ({ name: sample.id, contentHash })),
    images,
  );
  const readable = [...new Set(cached.map(({ sample }) => sample))];
  const { fit, holdout } = splitHoldout(readable, holdoutShare(before, readable.length), seed);
  const fitted = new Set(fit);
  const began = performance.now();
  onStage?.({ title: `fitting ${className}`, total: FIT_CLASS.steps, unit: 'steps' });
  const { detector, ...counts } = await addClass(before, className, {
    cache,
    fit: cached.filter(({ sample }) => fitted.has(sample)),
    heldOut: holdout,
    config: { ...FIT_CLASS, seed },
    onStep: (step, loss) => onProgress?.(step, `loss ${loss.toFixed(3)}`),
  });
  onStageEnd?.();
  const seconds = (performance.now() - began) / 1000;
  try {
    const oldImages = await comparePredictions(before, detector, cachedBatches(cache, images));
    const newImages = await comparePredictions(before, detector, featureBatches(before, cache, readable));
    for (const changes of [oldImages, newImages]) assertUnchanged(className, changes);
    return { detector, fitted: fit.length, ...counts, seconds, oldImages, newImages };
  } catch (error) {
    detector.dispose();
    throw error;
  }
}

/** A share that gives enough held-out images for the detector's false-alarm rate. */
function holdoutShare({ calibration }: MintDetector, images: number): number {
  const needed = Math.ceil(1 / (calibration?.alpha ?? 1)) - 1;
  return Math.max(HOLDOUT, Math.min(0.5, needed / images));
}

function assertUnchanged(className: string, { changed, changedWhenGiven }: PredictionChanges): void {
  if (changed + changedWhenGiven === 0) return;
  throw new MintError(
    'COMPUTE_FAILED',
    `${className}: the predictions for images of other classes have changed (${changed} without the class given, ` +
      `${changedWhenGiven} with it), which must not happen. Nothing was saved; try --device cpu, and report it.`,
  );
}

/** Features of those held-out images that are in the cache. */
async function* cachedBatches(
  cache: FeatureCache,
  { heldOut }: ImageSets,
): AsyncGenerator<Pick<FeatureBatch, 'features'>> {
  const wanted = new Set(heldOut);
  const keys = (await cache.keys()).filter((key) => wanted.has(shortHash(key)));
  for (let at = 0; at < keys.length; at += BATCH) {
    const { features, missing } = await cache.read(keys.slice(at, at + BATCH));
    if (missing.length === 0) yield { features };
  }
}
