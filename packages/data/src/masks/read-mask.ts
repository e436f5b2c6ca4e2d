import type { Mask, Size } from '@mint/image';
import { MintError } from '@mint/internal';
import { rasterise } from '../annotations/rasterise.js';
import { decodeMask } from '../decode/mask.js';
import { maskPathsOf, readMaskFile } from '../sources/read.js';
import type { Sample } from '../types.js';

/** Whether a sample has a mask of any form in files. */
export const hasMask = (sample: Pick<Sample, 'maskPath' | 'shapes'>): boolean =>
  sample.shapes !== undefined || maskPathsOf(sample).length > 0;

/**
 * The union of a sample's mask files and marked regions; undefined without any.
 *
 * @param image - Size of the image, upright.
 * @throws MintError `MASK_MISMATCH` where the masks differ in size, as {@link decodeMask} where one cannot be decoded.
 */
export async function readMask(sample: Sample, image: Size): Promise<Mask | undefined> {
  let union: Mask | undefined;
  for (const path of maskPathsOf(sample)) {
    const mask = await decodeMask(await readMaskFile(sample, path), path);
    union = union === undefined ? mask : joined(union, mask, path);
  }
  if (sample.shapes === undefined) return union;
  const drawn = await rasterise(sample.shapes, image, sample.id);
  return union === undefined ? drawn : joined(union, drawn, sample.id);
}

function joined(union: Mask, mask: Mask, path: string): Mask {
  if (mask.width !== union.width || mask.height !== union.height) {
    throw new MintError(
      'MASK_MISMATCH',
      `${path}: the mask is ${mask.width}x${mask.height}, another mask of the same image ${union.width}x${union.height}.`,
    );
  }
  return { ...union, data: union.data.map((value, i) => value | (mask.data[i] ?? 0)) };
}
