import { type ImageSets, setOf } from '@mint/detector';
import { MintError } from '@mint/internal';

/** An image by name and content. */
export interface NamedImage {
  /** As errors name it. */
  readonly name: string;
  /** SHA-256 of the image, hexadecimal. */
  readonly contentHash: string;
}

const WHY_NOT: Readonly<Record<keyof ImageSets, string>> = {
  fit: 'the model was trained on it, so its score is lower than that of a new image',
  heldOut: 'thresholds of the model rest on it already; it would count twice',
  test: 'it is a test image of the model; thresholds that know it would flatter the test',
};

/**
 * Checks that a model has not seen images that are to be added to it, and that no two of them are the same.
 *
 * @param images - Several entries of one name and content, such as the tiles of an image, count as one.
 * @param seen - Images that the model knows.
 * @throws MintError `INVALID_ARGUMENT` naming the first image that cannot be added, and why.
 *
 * @example
 * ```ts
 * import { assertUnseen } from '@mint/trainer';
 *
 * const images = [{ name: 'new/1.png', contentHash: 'a3f1'.repeat(16) }];
 * assertUnseen(images, { fit: [], heldOut: [], test: [] });
 * try {
 *   assertUnseen(images, { fit: [], heldOut: [], test: ['a3f1'.repeat(4)] });
 * } catch (error) {
 *   console.log(String(error));
 *   // MintError: new/1.png: cannot be added: it is a test image of the model; thresholds that know it would flatter the test. Nothing was changed.
 * }
 * ```
 */
export function assertUnseen(images: readonly NamedImage[], seen: ImageSets): void {
  const names = new Map<string, string>();
  for (const { name, contentHash } of images) {
    const set = setOf(seen, contentHash);
    const twin = names.get(contentHash) ?? name;
    names.set(contentHash, twin);
    if (set === undefined && twin === name) continue;
    const why = set === undefined ? `it equals ${twin}` : WHY_NOT[set];
    throw new MintError('INVALID_ARGUMENT', `${name}: cannot be added: ${why}. Nothing was changed.`);
  }
}
