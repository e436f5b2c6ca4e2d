import { open } from 'node:fs/promises';
import {
  type Mask,
  type PreparedImage,
  type Preprocessing,
  prepareImage,
  type RenderedSample,
} from '@mint/image';
import { MintError, oneLine } from '@mint/internal';
import { readFileOf, sha256 } from '@mint/internal/node';
import { decodeMask, decodeSized } from '../decode/decode.js';
import type { Sample } from '../types.js';

/** A sample made ready; `mask` is absent on samples without one, also on anomalous ones. */
export interface LoadedSample extends PreparedImage {
  /** The sample it was made of. */
  readonly sample: Sample;
  /** SHA-256, lower-case hexadecimal, of the image file, or of size and pixels of a rendered image before
   * resizing. */
  readonly contentHash: string;
}

/**
 * Reads or renders one sample and preprocesses image and mask alike.
 *
 * @throws MintError `NOT_FOUND` when a file is missing, those of {@link decodeImage} when it cannot be decoded,
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
  const { contentHash, ...image } = await readChecked(sample, preprocessing);
  return { sample, ...prepareImage(image, preprocessing), contentHash };
}

/**
 * One sample at its own size, the mask checked against the image.
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
  return readChecked(sample);
}

async function readChecked(
  sample: Sample,
  draftFor?: Preprocessing,
): Promise<RenderedSample & { contentHash: string }> {
  const { image, size = image, mask, contentHash } = await read(sample, draftFor);
  if (mask !== undefined && (mask.width !== size.width || mask.height !== size.height)) {
    throw new MintError(
      'MASK_MISMATCH',
      `${sample.maskPath === undefined ? `mask of ${sample.id}` : [sample.maskPath].flat().join(', ')}: the mask is ${mask.width}x${mask.height} but its image ` +
        `${sample.imagePath ?? sample.id} is ${size.width}x${size.height}; they must have the same size.`,
    );
  }
  return { image, ...(mask === undefined ? {} : { mask }), contentHash };
}

/** `size`: of the image file where `image` is a draft of it. */
async function read(
  sample: Sample,
  draftFor: Preprocessing | undefined,
): Promise<RenderedSample & { contentHash: string; size?: { width: number; height: number } }> {
  const { imagePath, render } = sample;
  if (imagePath === undefined) {
    if (render === undefined) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `${sample.id}: the sample has neither \`imagePath\` nor \`render\`.`,
      );
    }
    const rendered = render();
    const { width, height, data } = rendered.image;
    return { ...rendered, contentHash: sha256(`${width}x${height} `, data) };
  }
  const bytes = await readImage(sample, imagePath);
  const name = sample.byteRange === undefined ? imagePath : sample.id;
  const { image, size } = await decodeSized(bytes, name, draftFor === undefined ? {} : { draftFor });
  const contentHash = sha256(bytes);
  const mask = await readMask(sample);
  return { image, size, ...(mask === undefined ? {} : { mask }), contentHash };
}

/** The file of a sample's image, or its part of one. */
export async function readImage({ source, byteRange }: Sample, imagePath: string): Promise<Uint8Array> {
  return source === undefined ? readPart(imagePath, byteRange) : source.read(imagePath, byteRange);
}

/** A file, or the bytes from the first number to before the second. */
export async function readPart(path: string, range?: Sample['byteRange']): Promise<Uint8Array> {
  if (range === undefined) return readFileOf('image', path);
  const [start, end] = range;
  const file = await open(path).catch((error) => {
    throw new MintError('NOT_FOUND', `${path}: cannot read the images: ${oneLine(error)}.`, {
      cause: error,
    });
  });
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(end - start), 0, end - start, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The union of a sample's mask files. */
async function readMask({ maskPath, source }: Sample): Promise<Mask | undefined> {
  if (maskPath === undefined) return undefined;
  let union: Mask | undefined;
  for (const path of typeof maskPath === 'string' ? [maskPath] : maskPath) {
    const bytes = source === undefined ? readFileOf('mask', path) : source.read(path);
    const mask = await decodeMask(await bytes, path);
    if (union === undefined) union = mask;
    else if (mask.width !== union.width || mask.height !== union.height) {
      throw new MintError(
        'MASK_MISMATCH',
        `${path}: the mask is ${mask.width}x${mask.height}, another of the same image ${union.width}x${union.height}.`,
      );
    } else union = { ...union, data: union.data.map((value, i) => value | (mask.data[i] as number)) };
  }
  return union;
}
