import {
  type PreparedImage,
  type Preprocessing,
  prepareImage,
  type RenderedSample,
  type Size,
} from '@mint/image';
import { asOneImage, MintError } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import { decodeSized } from '../decode/decode.js';
import { readMask } from '../masks/read-mask.js';
import { maskPathsOf, readImageFile } from '../sources/read.js';
import type { Sample } from '../types.js';

/** A sample made ready. `mask` is absent on samples without one, also if they are anomalous. */
export interface LoadedSample extends PreparedImage {
  /** The sample it was made from. */
  readonly sample: Sample;
  /** SHA-256 in lower-case hexadecimal: of the image file, or of size and pixels of a rendered image before resizing. */
  readonly contentHash: string;
}

/**
 * Reads or renders one sample and preprocesses its image and mask alike.
 *
 * @throws MintError `NOT_FOUND` when a file is missing, as {@link decodeImage} when it cannot be decoded,
 * `MASK_MISMATCH` naming both files and sizes when the mask does not have the image's size,
 * `INVALID_ARGUMENT` when the sample has neither `imagePath` nor `render`.
 *
 * @example
 * ```ts
 * import { loadSample, proceduralDataset } from '@mint/data';
 *
 * const { samples } = proceduralDataset({ trainPerClass: 1, size: 64 });
 * for (const sample of samples.slice(0, 2)) {
 *   const { image, mask } = await loadSample(sample, { width: 32, height: 32, filter: 'bilinear' });
 *   console.log(sample.id, image.data.length, mask?.data.length);
 * }
 * // capsule/train/good/000 3072 undefined
 * // capsule/test/hole/000 3072 1024
 * ```
 */
export async function loadSample(sample: Sample, preprocessing: Preprocessing): Promise<LoadedSample> {
  const load = async (): Promise<LoadedSample> => {
    const { contentHash, ...image } = await readChecked(sample, preprocessing);
    return { sample, ...prepareImage(image, preprocessing), contentHash };
  };
  // What `render` throws is a mistake in a program, not in an image.
  return sample.imagePath === undefined ? load() : asOneImage(sample.imagePath, load);
}

/**
 * Reads one sample at its own size and checks the mask's size against the image.
 *
 * @throws MintError as {@link loadSample}.
 *
 * @example
 * ```ts
 * import { proceduralDataset, readSample } from '@mint/data';
 *
 * for (const sample of proceduralDataset({ size: 64 }).samples.slice(0, 1)) {
 *   const { image, contentHash } = await readSample(sample);
 *   console.log(image.width, image.height, contentHash.length); // 64 64 64
 * }
 * ```
 */
export async function readSample(
  sample: Sample,
): Promise<RenderedSample & Pick<LoadedSample, 'contentHash'>> {
  const { size: _, ...read } = await readChecked(sample);
  return read;
}

/** The image and mask of a sample, and the size of the image in its file where `image` is a draft. */
interface ReadSample extends RenderedSample {
  readonly contentHash: string;
  readonly size: Size;
}

async function readChecked(sample: Sample, draftFor?: Preprocessing): Promise<ReadSample> {
  const { imagePath, render } = sample;
  let read: ReadSample;
  if (imagePath !== undefined) read = await readFiles(sample, imagePath, draftFor);
  else if (render !== undefined) read = rendered(render());
  else {
    const message = `${sample.id}: the sample has neither \`imagePath\` nor \`render\`.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  if (read.mask !== undefined) assertSameSize(sample, read.mask, read.size);
  return read;
}

function assertSameSize(sample: Sample, mask: Size, image: Size): void {
  if (mask.width === image.width && mask.height === image.height) return;
  const paths = maskPathsOf(sample);
  throw new MintError(
    'MASK_MISMATCH',
    `${paths.length === 0 ? `mask of ${sample.id}` : paths.join(', ')}: the mask is ${mask.width}x${mask.height} but its image ` +
      `${sample.imagePath ?? sample.id} is ${image.width}x${image.height}; they must have the same size.`,
  );
}

function rendered({ image, mask }: RenderedSample): ReadSample {
  const { width, height, data } = image;
  return { image, mask, size: { width, height }, contentHash: sha256(`${width}x${height} `, data) };
}

async function readFiles(
  sample: Sample,
  imagePath: string,
  draftFor: Preprocessing | undefined,
): Promise<ReadSample> {
  const bytes = await readImageFile(sample, imagePath);
  const name = sample.byteRange === undefined ? imagePath : sample.id;
  const { image, size } = await decodeSized(bytes, name, { draftFor });
  return { image, size, mask: await readMask(sample, size), contentHash: sha256(bytes) };
}
