/**
 * Which images a model has met, as the first 16 hexadecimal digits of their SHA-256: enough to tell images apart,
 * small enough to travel in `model.json`.
 */
export interface ImageSets {
  /** Trained on. */
  readonly fit: readonly string[];
  /** Held out of training; they fix the limits. */
  readonly heldOut: readonly string[];
  /** Tested on when the model was made: never to be calibrated with. */
  readonly test: readonly string[];
}

/**
 * How a {@link ImageSets} names an image. See the example of {@link setOf}.
 *
 * @param contentHash - Hexadecimal SHA-256.
 */
export const shortHash = (contentHash: string): string => contentHash.slice(0, 16);

/**
 * The set an image is in, if any.
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
