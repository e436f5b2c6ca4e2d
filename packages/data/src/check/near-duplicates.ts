import { type RgbImage, resizeImage } from '@mint/image';

const SIDE = 32;
const BLOCK = 64;

/**
 * One minus the correlation of two thumbnails, below which two images are near duplicates. Measured on six real categories
 * with a fixed camera (slow/near-duplicates.test.ts): 1,197 of 1,200 copies lie below it, and no other image of four
 * categories; the other two have series of images taken seconds apart. A difference hash does not separate them: copies of a
 * dark tyre differ in up to 43 of 256 bits, other tyres in 19 and more.
 */
const NEAR = 0.0015;

/**
 * The look of an image, independent of its size, encoding and brightness: a 32x32 gray thumbnail (bilinear, Rec. 601),
 * minus its mean, divided by its length. Undefined for an image of one colour.
 */
export function fingerprintOf(image: RgbImage): Float32Array | undefined {
  const { data } = resizeImage(image, SIDE, SIDE, 'bilinear');
  const gray = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [r = 0, g = 0, b = 0] = data.subarray(3 * i, 3 * i + 3);
    return 0.299 * r + 0.587 * g + 0.114 * b;
  });
  const mean = gray.reduce((sum, value) => sum + value, 0) / gray.length;
  const length = Math.sqrt(gray.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  // Below half a grey level on average the rounding of the thumbnail is all there is.
  return length < 0.5 * SIDE ? undefined : gray.map((value) => (value - mean) / length);
}

/** Index pairs i < j of near duplicates. Quadratic, but most pairs part after the first of 16 blocks. */
export function nearPairs(fingerprints: readonly (Float32Array | undefined)[]): [number, number][] {
  const pairs: [number, number][] = [];
  fingerprints.forEach((a, i) => {
    for (let j = i + 1; a !== undefined && j < fingerprints.length; j++) {
      const b = fingerprints[j];
      if (b !== undefined && isNear(a, b)) pairs.push([i, j]);
    }
  });
  return pairs;
}

/** |a − b|² = 2·(1 − correlation) for vectors of length 1. */
function isNear(a: Float32Array, b: Float32Array): boolean {
  let distance = 0;
  for (let start = 0; start < a.length; start += BLOCK) {
    for (let i = start; i < start + BLOCK; i++) distance += ((a[i] as number) - (b[i] as number)) ** 2;
    if (distance > 2 * NEAR) return false;
  }
  return true;
}
