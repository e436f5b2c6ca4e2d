import type { MintDetector } from '@mint/detector';
import type { CachedSample } from '../features/cached-features.js';

/** Parts that the images of each class are divided into; each is foretold from the others. */
const FOLDS = 4;

/** Models that have not seen the images that they foretell. */
export interface CrossFit {
  /** The model for an image; the one of all images where it is the only one of its class. */
  readonly detectorOf: (image: CachedSample) => MintDetector;
  /** Frees all models but the one of all images. */
  readonly dispose: () => void;
}

/**
 * Models for residuals that are like those on new images: what was measured on an image foretells it too well, a memory even
 * exactly.
 *
 * @param whole - The model of all images.
 * @param fit - Makes the model of some of the images.
 */
export async function crossFit(
  whole: MintDetector,
  samples: readonly CachedSample[],
  fit: (samples: readonly CachedSample[]) => Promise<MintDetector>,
): Promise<CrossFit> {
  const folds = foldsOf(samples);
  const models = new Map<number, MintDetector>();
  for (const fold of new Set(folds.values()))
    models.set(fold, await fit(samples.filter((image) => folds.get(image) !== fold)));
  return {
    detectorOf: (image) => models.get(folds.get(image) ?? -1) ?? whole,
    dispose: () => {
      for (const model of models.values()) model.dispose();
    },
  };
}

/** The part of each image, the same for its tiles and variants; none for the only image of a class. */
export function foldsOf(samples: readonly CachedSample[]): Map<CachedSample, number> {
  const classes = new Map<number, CachedSample[]>();
  for (const image of samples) {
    const { classIndex } = image.sample;
    const own = classes.get(classIndex) ?? [];
    classes.set(classIndex, own);
    own.push(image);
  }
  const folds = new Map<CachedSample, number>();
  for (const own of classes.values()) {
    const hashes = [...new Set(own.map(({ contentHash }) => contentHash))];
    const places = new Map(hashes.map((hash, i) => [hash, i % FOLDS]));
    if (hashes.length > 1) for (const image of own) folds.set(image, places.get(image.contentHash) as number);
  }
  return folds;
}
