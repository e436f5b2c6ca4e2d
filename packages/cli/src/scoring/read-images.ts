import { basename } from 'node:path';
import { decodeSized, howToConvert, isOtherImage, type PreparedImage, prepareImage } from '@mint/data';
import { type MintDetector, preprocessingOf } from '@mint/detector';
import { asOneImage, MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';

/** An image to be read. */
export interface ImageFile {
  /** Name in rows, answers and errors. */
  readonly name: string;
  readonly read: () => Promise<Uint8Array>;
  /** Class of the image, where it is known; see `MintDetector.predict`. */
  readonly className?: string | undefined;
}

/** Larger than any image within the limit of pixels, 16-bit RGB without compression. */
const MAX_BYTES = 500_000_000;

export const imageAt = (path: string): ImageFile => ({
  name: path,
  read: async () => {
    if (isOtherImage(path))
      throw new MintError('UNREADABLE_IMAGE', `${path}: ${howToConvert(basename(path))}.`);
    return readFileOf('image', path, MAX_BYTES);
  },
});

/**
 * Reads, decodes and prepares images, several at a time.
 *
 * @param limits - As for `decodeImage`.
 * @returns One entry per file, in order: the image, or why it cannot be read.
 */
export function readImages(
  files: readonly ImageFile[],
  detector: MintDetector,
  limits: { readonly maxPixels?: number | undefined } = {},
): Promise<(PreparedImage | MintError)[]> {
  const preprocessing = preprocessingOf(detector.config);
  const prepare = ({ name, read }: ImageFile) =>
    asOneImage(name, async () =>
      prepareImage(
        await decodeSized(await read(), name, { ...limits, draftFor: preprocessing }),
        preprocessing,
      ),
    );
  return Promise.all(files.map((file) => prepare(file).catch(imageError)));
}

/** Returns an error that concerns one image; any other error is thrown. */
export function imageError(error: unknown): MintError {
  if (MintError.isInstance(error) && error.code !== 'COMPUTE_FAILED') return error;
  throw error;
}
