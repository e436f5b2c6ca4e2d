/**
 * Which images a model was made with, as the first 16 hexadecimal digits of their SHA-256: enough to tell images apart,
 * small enough for `model.json`.
 */
export interface ImageSets {
  /** Trained on. */
  readonly fit: readonly string[];
  /** Held out of training; the thresholds follow from them. */
  readonly heldOut: readonly string[];
  /** Tested on when the model was made; never calibrate with them. */
  readonly test: readonly string[];
}

/**
 * The name of an image in {@link ImageSets}. See the example of {@link setOf}.
 *
 * @param contentHash - Hexadecimal SHA-256.
 */
export const shortHash = (contentHash: string): string => contentHash.slice(0, 16);

/**
 * The set that an image belongs to, if any.
 *
 * @param contentHash - Hexadecimal SHA-256.
 *
 * @example
 * ```ts
 * import { setOf, shortHash } from '@mint/detector';
 *
 * const contentHash = 'a3f1'.repeat(16); // SHA-256 of an image
 * const images = { fit: [shortHash(contentHash)], heldOut: [], test: [] };
 * console.log(setOf(images, contentHash)); // fit
 * ```
 */
export function setOf(images: ImageSets, contentHash: string): keyof ImageSets | undefined {
  const hash = shortHash(contentHash);
  return (['fit', 'heldOut', 'test'] as const).find((name) => images[name].includes(hash));
}
