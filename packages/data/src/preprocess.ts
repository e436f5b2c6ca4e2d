import { assertInt, assertPositiveInt, MintError } from '@mint/internal';
import { type ResizeFilter, resizeImage, resizeMask } from './resize.js';
import type { Mask, RgbImage, Size } from './types.js';

/**
 * How an image becomes the network's input: pad, resize, crop, in this order. Plain JSON, saved with the model, the
 * same for training and use. UniAD: 224, 224, `bilinear` and nothing else.
 */
export interface Preprocessing {
  /** Width of the result in pixels. */
  readonly width: number;
  /** Height of the result in pixels. */
  readonly height: number;
  /** How pixels are interpolated; masks are always resized with nearest. */
  readonly filter: ResizeFilter;
  /** First makes the image square, black on both sides of the shorter one. @defaultValue false */
  readonly padToSquare?: boolean;
  /**
   * Size before a centre crop to `width` x `height`, in pixels: both sides, or the shorter one with the aspect ratio
   * kept. Default: the image is resized straight to `width` x `height`, nothing is cropped.
   */
  readonly resize?: number | Size;
  /**
   * `'auto'`: an image that is wider or higher than `width` x `height` by more than 1.5 times is not resized but cut into
   * tiles of that size at full resolution; see `autoTiles`. Not with `padToSquare` or `resize`. Default: every image is
   * resized whole.
   */
  readonly tiles?: 'auto';
  /**
   * JPEG images are decoded at 1/2, 1/4 or 1/8 of their size before the resize, the smallest that is not under the size they are
   * resized to: Pillow's `Image.draft`. About half the time, other pixels. For images without a colour profile; not with
   * `tiles`. @defaultValue false
   */
  readonly jpegDraft?: boolean;
}

/**
 * Applies {@link Preprocessing} to an image.
 *
 * @returns `[height, width, 3]`.
 * @throws MintError `INVALID_ARGUMENT` for a size out of range, or a `resize` that leaves less than the crop needs.
 *
 * @example
 * ```ts
 * import { describePreprocessing, preprocessImage, preprocessMask } from '@mint/data';
 *
 * const preprocessing = { width: 224, height: 224, filter: 'bicubic', resize: 256 } as const;
 * const image = { width: 640, height: 480, data: new Uint8Array(640 * 480 * 3) };
 * const mask = { width: 640, height: 480, data: new Uint8Array(640 * 480) };
 * console.log(preprocessImage(image, preprocessing).data.length, preprocessMask(mask, preprocessing).data.length);
 * // 150528 50176
 * console.log(describePreprocessing(preprocessing));
 * // pillow-bicubic to shorter side 256, centre crop 224x224
 * ```
 */
export function preprocessImage(image: RgbImage, preprocessing: Preprocessing): RgbImage {
  const { width, height, filter, padToSquare } = preprocessing;
  const square = padToSquare ? padded(image, 3) : image;
  const size = sizeBeforeCrop(square, preprocessing);
  return cropped(resizeImage(square, size.width, size.height, filter), width, height, 3);
}

/**
 * Applies {@link Preprocessing} to a mask: the same geometry, nearest instead of the filter, 0 where padded.
 *
 * See the example of {@link preprocessImage}.
 *
 * @returns `[height, width]`.
 * @throws MintError as {@link preprocessImage}.
 */
export function preprocessMask(mask: Mask, preprocessing: Preprocessing): Mask {
  const square = preprocessing.padToSquare ? padded(mask, 1) : mask;
  const size = sizeBeforeCrop(square, preprocessing);
  return cropped(resizeMask(square, size.width, size.height), preprocessing.width, preprocessing.height, 1);
}

/**
 * By what {@link Preprocessing} has a JPEG image's sides divided while it is decoded.
 *
 * See the example of {@link decodeJpegDraft}.
 *
 * @param image - Upright, in pixels.
 * @see Pillow 9.4, `JpegImageFile.draft`.
 */
export function draftDenominator({ width, height }: Size, preprocessing: Preprocessing): 1 | 2 | 4 | 8 {
  if (!preprocessing.jpegDraft) return 1;
  const side = Math.max(width, height);
  const image = preprocessing.padToSquare ? { width: side, height: side } : { width, height };
  const size = sizeBeforeCrop(image, preprocessing);
  const most = Math.min(image.width / size.width, image.height / size.height);
  return ([8, 4, 2] as const).find((denominator) => denominator <= most) ?? 1;
}

/**
 * Preprocessing in words, for protocols: `pillow-bilinear to 256x256, centre crop 224x224`.
 *
 * See the example of {@link preprocessImage}.
 */
export function describePreprocessing(preprocessing: Preprocessing): string {
  const { width, height, filter, padToSquare, resize, tiles, jpegDraft } = preprocessing;
  const pad = `${jpegDraft ? 'JPEG in draft, ' : ''}${padToSquare ? 'pad to square, ' : ''}`;
  const cut = tiles === undefined ? '' : `, larger pictures in tiles of ${width}x${height}`;
  if (resize === undefined) return `${pad}pillow-${filter} to ${width}x${height}${cut}`;
  const to = typeof resize === 'number' ? `shorter side ${resize}` : `${resize.width}x${resize.height}`;
  return `${pad}pillow-${filter} to ${to}, centre crop ${width}x${height}`;
}

/** torchvision's rule: the longer side becomes ⌊to · longer / shorter⌋. */
function withShorterSide({ width, height }: Size, to: number): Size {
  const shorter = Math.min(width, height);
  return { width: Math.floor((to * width) / shorter), height: Math.floor((to * height) / shorter) };
}

function sizeBeforeCrop(image: Size, { width, height, resize }: Preprocessing): Size {
  assertPositiveInt('preprocess', 'width', width);
  assertPositiveInt('preprocess', 'height', height);
  if (resize === undefined) return { width, height };
  const size = typeof resize === 'number' ? withShorterSide(image, resize) : resize;
  assertInt('preprocess', 'resize', size.width, 1);
  assertInt('preprocess', 'resize', size.height, 1);
  if (size.width < width || size.height < height) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `preprocess: a centre crop of ${width}x${height} needs an image of at least that size; after \`resize\` it is ${size.width}x${size.height}.`,
    );
  }
  return size;
}

/** Black on both sides of the shorter one; of an odd rest the larger half goes right or below. */
function padded({ width, height, data }: RgbImage | Mask, channels: number): RgbImage {
  const side = Math.max(width, height);
  if (width === height) return { width, height, data };
  const [left, top] = [Math.floor((side - width) / 2), Math.floor((side - height) / 2)];
  const out = new Uint8Array(side * side * channels);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width * channels, (y + 1) * width * channels);
    out.set(row, ((y + top) * side + left) * channels);
  }
  return { width: side, height: side, data: out };
}

/** torchvision's `CenterCrop`: the margin is half the rest, an exact half goes to the even number. */
function cropped(image: RgbImage | Mask, width: number, height: number, channels: number): RgbImage {
  if (image.width === width && image.height === height) return image;
  const [left, top] = [halfToEven(image.width - width), halfToEven(image.height - height)];
  return cutOut(image, { left, top, width, height }, channels);
}

function halfToEven(n: number): number {
  const half = Math.floor(n / 2);
  return n % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

/** A rectangle of an image or mask, copied. The rectangle lies inside. */
export function cutOut(
  { width: from, data }: RgbImage | Mask,
  { left, top, width, height }: Size & { readonly left: number; readonly top: number },
  channels: number,
): RgbImage {
  const out = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = ((y + top) * from + left) * channels;
    out.set(data.subarray(start, start + width * channels), y * width * channels);
  }
  return { width, height, data: out };
}
