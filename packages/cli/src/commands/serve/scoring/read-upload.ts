import { decodeSized, type Preprocessing, prepareImage } from '@mint/data';
import { asOneImage } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import type { ReadImage, Upload } from './engine.js';

/** How uploads are read. */
export interface ReadOptions {
  readonly preprocessing: Preprocessing;
  /** As for `decodeImage`. */
  readonly maxPixels: number;
}

/** Decodes and prepares an image. @throws MintError as `decodeImage`. */
export function readUpload(
  { name, bytes }: Upload,
  { preprocessing, maxPixels }: ReadOptions,
): Promise<ReadImage> {
  return asOneImage(name, async () => {
    const decoded = await decodeSized(bytes, name, { maxPixels, draftFor: preprocessing });
    return { image: prepareImage(decoded, preprocessing), hash: sha256(bytes) };
  });
}
