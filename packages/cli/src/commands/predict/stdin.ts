import { buffer } from 'node:stream/consumers';
import { MintError } from '@mint/internal';
import type { ImageFile } from '../../scoring/read-images.js';
import { imageOfBytes, inlineImage, startsLikeImage } from './inline.js';

/** The argument that stands for standard input. */
export const STDIN = '-';

/**
 * What standard input holds: an image, as bytes, base64 or a data URL; or else the names of images, one per line (or each
 * ended by a 0 byte, as `find -print0` writes them).
 *
 * @throws MintError `INVALID_ARGUMENT` when it is a terminal or empty.
 */
export async function readStdin(
  input: Pick<typeof process.stdin, 'isTTY' | typeof Symbol.asyncIterator> = process.stdin,
): Promise<ImageFile | readonly string[]> {
  if (input.isTTY) {
    throw new MintError(
      'INVALID_ARGUMENT',
      '-: standard input is a terminal; expected an image, or names of images, as in `mint predict - < part.png`.',
    );
  }
  const bytes = await buffer(input);
  if (bytes.length === 0)
    throw new MintError(
      'INVALID_ARGUMENT',
      '-: standard input is empty; expected an image, or names of images.',
    );
  if (startsLikeImage(bytes) || !isText(bytes)) return imageOfBytes(STDIN, bytes);
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const lines = text.split(text.includes('\0') ? '\0' : /\r?\n/).filter((line) => line !== '');
  // Several data URLs, one per line, are a list as addresses are.
  const isList = /^https?:|^data:.*\n./is.test(text.trim());
  const image = isList ? undefined : await inlineImage(text.trim());
  return image === undefined ? lines : { ...image, name: STDIN };
}

/** Text in UTF-8, with no control characters but those that separate lines and names. */
function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return !/\p{Cc}/u.test(text.replaceAll(/\s/g, '').replaceAll('\0', ''));
  } catch {
    return false;
  }
}
