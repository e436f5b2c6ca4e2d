import { type BackboneConfig, backboneInfo } from '@mint/backbone';
import { readSample, type Sample } from '@mint/data';
import { PAPER_CONFIG } from '@mint/detector';
import { leastCommonMultiple, MintError } from '@mint/internal';

/** Images whose size is looked at, evenly chosen. */
const LOOKED_AT = 16;
/** Sides between which the input follows the images: what backbones are trained with, and what costs a third more time. */
const [LEAST, MOST] = [PAPER_CONFIG.input.width, 256];

/**
 * Side of the square that images are resized to, in pixels, when nothing else is asked for: that of the images themselves, the
 * median of their shorter sides, but at least 224 and at most 256 (our decision). Images of 256 px lose small defects at 224.
 * Images that cannot be read are passed over; without any it is 224.
 *
 * @param samples - As from `loadDataset`.
 * @returns A multiple of what the backbone asks for and of its coarsest stride.
 *
 * @example
 * ```ts
 * import { proceduralDataset } from '@mint/data';
 * import { inputSideFor } from '@mint/trainer';
 *
 * const { samples } = proceduralDataset({ trainPerClass: 2, size: 300 });
 * console.log(await inputSideFor(samples, { kind: 'scattering' })); // 256
 * ```
 */
export async function inputSideFor(samples: readonly Sample[], backbone: BackboneConfig): Promise<number> {
  const wanted = Math.min(LOOKED_AT, samples.length);
  const sides: number[] = [];
  for (let i = 0; i < wanted; i++) {
    const side = await shorterSide(samples[Math.floor((i * samples.length) / wanted)] as Sample);
    if (side !== undefined) sides.push(side);
  }
  const median = sides.toSorted((a, b) => a - b)[sides.length >> 1] ?? LEAST;
  const { inputMultiple, strides } = backboneInfo(backbone);
  const multiple = leastCommonMultiple(inputMultiple, Math.max(...strides));
  return Math.max(1, Math.floor(Math.min(MOST, Math.max(LEAST, median)) / multiple)) * multiple;
}

async function shorterSide(sample: Sample): Promise<number | undefined> {
  try {
    const { image } = await readSample(sample);
    return Math.min(image.width, image.height);
  } catch (error) {
    if (MintError.isInstance(error)) return undefined;
    throw error;
  }
}
