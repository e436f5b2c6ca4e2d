import { OVERLAY_MARK } from '@mint/internal';
import { encode } from 'fast-png';

/**
 * A mask as a grayscale PNG: white where it is not 0.
 *
 * @param mask - `[H, W]` row-major.
 *
 * @example
 * ```ts
 * import { maskPng } from '@mint/report';
 *
 * console.log(maskPng({ width: 2, height: 1, data: Uint8Array.of(0, 1) })[1] === 0x50); // true
 * ```
 */
export function maskPng({
  width,
  height,
  data,
}: {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}): Uint8Array {
  const white = data.map((value) => (value === 0 ? 0 : 255));
  return encode({ width, height, data: white, channels: 1, depth: 8, text: { Software: OVERLAY_MARK } });
}
