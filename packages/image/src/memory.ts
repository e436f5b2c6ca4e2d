import { MintError } from '@mint/internal';
import type { Size } from './types.js';

/** Bytes of 64 million pixels, the most that `decodeImage` of `@mint/data` accepts by default. */
const MOST_BYTES = 3 * 64_000_000;

/**
 * Refuses a step before it allocates, where it takes far more memory than the image: more than 192 MB, and more than four times
 * the bytes that are there. A few kilobytes can hold an image of 1 x 6,000,000 pixels, which would take gigabytes on its way to a
 * square.
 *
 * @param step - Such as `resizing it to 224x224`.
 * @param bytes - What the step allocates.
 * @param held - Bytes of the image, and of the result that was asked for.
 * @throws MintError `IMAGE_TOO_LARGE`.
 */
export function assertMemory(
  who: string,
  step: string,
  { width, height }: Size,
  bytes: number,
  held: number,
): void {
  const limit = Math.max(MOST_BYTES, 4 * held);
  if (bytes <= limit) return;
  const message = `${who}: the image has ${width}x${height} pixels; ${step} takes ${bytes} bytes, the limit is ${limit}. Cut it into parts whose sides are less unequal.`;
  throw new MintError('IMAGE_TOO_LARGE', message);
}
