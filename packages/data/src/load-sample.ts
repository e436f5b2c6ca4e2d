import { MintError } from '@mint/internal';
import { readFileOf, sha256 } from '@mint/internal/node';
import { decodeImage, decodeMask } from './decode.js';
import { type Preprocessing, preprocessImage, preprocessMask } from './preprocess.js';
import type { Mask, RenderedSample, RgbImage, Sample } from './types.js';

export interface LoadedSample {
  readonly sample: Sample;
  /** Preprocessed, `[height, width, 3]`. */
  readonly image: RgbImage;
  /** Preprocessed, `[height, width]`. Absent on samples without a mask, also on anomalous ones. */
  readonly mask?: Mask;
  /** SHA-256, lower-case hexadecimal, of the picture file, or of the pixels of a rendered picture before resizing. */
  readonly contentHash: string;
}

/**
 * Reads or renders one sample and preprocesses picture and mask alike.
 *
 * @throws MintError `NOT_FOUND` when a file is missing, those of {@link decodeImage} when it cannot be decoded,
 * `MASK_MISMATCH` naming both files and sizes when the mask does not have the picture's size,
 * `INVALID_ARGUMENT` when the sample has neither `imagePath` nor `render`.
 */
export async function loadSample(sample: Sample, preprocessing: Preprocessing): Promise<LoadedSample> {
  const { image, mask, contentHash } = await readSample(sample);
  return {
    sample,
    image: preprocessImage(image, preprocessing),
    ...(mask === undefined ? {} : { mask: preprocessMask(mask, preprocessing) }),
    contentHash,
  };
}

/** One sample at its own size, the mask checked against the picture. */
export async function readSample(sample: Sample): Promise<RenderedSample & { contentHash: string }> {
  const { image, mask, contentHash } = await read(sample);
  if (mask !== undefined && (mask.width !== image.width || mask.height !== image.height)) {
    throw new MintError(
      'MASK_MISMATCH',
      `${sample.maskPath ?? `mask of ${sample.id}`}: the mask is ${mask.width}x${mask.height} but its picture ` +
        `${sample.imagePath ?? sample.id} is ${image.width}x${image.height}; they must have the same size.`,
    );
  }
  return { image, ...(mask === undefined ? {} : { mask }), contentHash };
}

async function read(sample: Sample): Promise<RenderedSample & { contentHash: string }> {
  const { imagePath, maskPath, render } = sample;
  if (imagePath === undefined) {
    if (render === undefined) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `${sample.id}: the sample has neither \`imagePath\` nor \`render\`.`,
      );
    }
    const rendered = render();
    return { ...rendered, contentHash: sha256(rendered.image.data) };
  }
  const bytes = await readFileOf('picture', imagePath);
  const image = await decodeImage(bytes, imagePath);
  const contentHash = sha256(bytes);
  if (maskPath === undefined) return { image, contentHash };
  return { image, mask: await decodeMask(await readFileOf('mask', maskPath), maskPath), contentHash };
}
