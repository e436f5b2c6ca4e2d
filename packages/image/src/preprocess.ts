import { assertInt, assertPositiveInt, MintError } from '@mint/internal';
import { cutOut } from './cut.js';
import { assertMemory } from './memory.js';
import { resizeImage, resizeMask } from './resize/resize.js';
import type { ResizeFilter } from './resize/taps.js';
import { autoTiles } from './tiles/grid.js';
import type { Mask, RgbImage, Size } from './types.js';

/**
 * How an image becomes the network's input: pad, resize, crop, in this order. Plain JSON, saved with the model, so that training
 * and use do the same. UniAD has width 224, height 224, filter `bilinear` and nothing else.
 */
export interface Preprocessing {
  /** Width of the result in pixels. */
  readonly width: number;
  /** Height of the result in pixels. */
  readonly height: number;
  /** Pillow's filter for images. Masks always use NEAREST. */
  readonly filter: ResizeFilter;
  /** Makes the image square first, with black on both sides of the shorter side. @defaultValue false */
  readonly padToSquare?: boolean | undefined;
  /**
   * Size before a centre crop to `width` x `height`, in pixels: both sides, or the shorter side with the aspect ratio
   * kept. Default: the image is resized straight to `width` x `height` and not cropped.
   */
  readonly resize?: number | Size | undefined;
  /**
   * `'auto'`: an image more than 1.5 times as wide or as high as `width` x `height` is cut into tiles of that size at full
   * resolution instead of being resized; see {@link autoTiles}. Not with `padToSquare`, `resize` or `jpegDraft`. Default: every
   * image is resized whole.
   */
  readonly tiles?: 'auto' | undefined;
  /**
   * Decodes a JPEG image at 1/2, 1/4 or 1/8 of its size before the resize: the smallest that is not below the size it is resized
   * to, as Pillow's `Image.draft`. Takes about half the time and gives slightly different pixels. Has no effect on images with a
   * colour profile. Not with `tiles`. @defaultValue false
   */
  readonly jpegDraft?: boolean | undefined;
}

/**
 * Refuses settings that contradict each other: `tiles` shows all of an image at full resolution, which `padToSquare`, `resize` and
 * `jpegDraft` would change.
 *
 * @param preprocessing - Checked before any image is there; a `resize` too small for the crop is an error of
 * {@link preprocessImage}, since it depends on the image.
 * @param who - How the message begins.
 * @throws MintError `INVALID_ARGUMENT`, also for a `width` or `height` that is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertPreprocessing } from '@mint/image';
 *
 * const settings = { width: 224, height: 224, filter: 'bilinear', tiles: 'auto' } as const;
 * assertPreprocessing(settings);
 * try {
 *   assertPreprocessing({ ...settings, resize: 256 });
 * } catch (error) {
 *   console.log(String(error));
 *   // MintError: preprocess: `tiles` shows all of an image at full resolution; it cannot be combined with `resize`.
 * }
 * ```
 */
export function assertPreprocessing(
  preprocessing: Pick<Preprocessing, 'width' | 'height' | 'resize' | 'padToSquare' | 'tiles' | 'jpegDraft'>,
  who = 'preprocess',
): void {
  const { width, height, resize, padToSquare, tiles, jpegDraft } = preprocessing;
  assertPositiveInt(who, 'width', width);
  assertPositiveInt(who, 'height', height);
  if (tiles === undefined) return;
  const other = [
    resize !== undefined && '`resize`',
    padToSquare && '`padToSquare`',
    jpegDraft && '`jpegDraft`',
  ].find(Boolean);
  if (!other) return;
  const message = `${who}: \`tiles\` shows all of an image at full resolution; it cannot be combined with ${other}.`;
  throw new MintError('INVALID_ARGUMENT', message);
}

/**
 * Applies {@link Preprocessing} to an image.
 *
 * @returns `[height, width, 3]`.
 * @throws MintError `INVALID_ARGUMENT` for a size out of range, or a `resize` that makes the image smaller than the crop;
 * `IMAGE_TOO_LARGE` when the sides are so unequal that padding or resizing takes more than 192 MB, and more than four times the
 * image.
 *
 * @example
 * ```ts
 * import { describePreprocessing, preprocessImage, preprocessMask } from '@mint/image';
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
  assertRoom(`resizing it to ${size.width}x${size.height}`, square, size, 3);
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
  assertRoom(`resizing it to ${size.width}x${size.height}`, square, size, 1);
  return cropped(resizeMask(square, size.width, size.height), preprocessing.width, preprocessing.height, 1);
}

/**
 * The number by which decoding divides the sides of a JPEG image under {@link Preprocessing}: 1 without `jpegDraft`.
 *
 * See the example of {@link decodeJpegDraft}.
 *
 * @param image - Size of the image in pixels, upright.
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
 * Describes preprocessing in words, for protocols: `pillow-bilinear to 256x256, centre crop 224x224`.
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

/** Where the network's input, and with it an anomaly map, lies in the image; see {@link mapFrame}. */
export interface MapFrame {
  /** Size of the image in pixels. */
  readonly image: Size;
  /** Left edge of the map, in pixels of the image; negative where the image was padded. */
  readonly left: number;
  /** Upper edge of the map, likewise. */
  readonly top: number;
  /** Pixels of the image per pixel of the map. */
  readonly scale: readonly [across: number, down: number];
}

/**
 * The place of an anomaly map in its image under {@link Preprocessing}: pixel (x, y) of the map, counted at its centre from
 * (0.5, 0.5), lies at (left + scale₀·x, top + scale₁·y) in the image.
 *
 * @param image - Size of the image in its file.
 * @throws MintError as {@link preprocessImage}.
 *
 * @example
 * ```ts
 * import { mapFrame } from '@mint/image';
 *
 * const settings = { width: 224, height: 224, filter: 'bilinear', padToSquare: true } as const;
 * const { left, top, scale } = mapFrame({ width: 896, height: 448 }, settings);
 * console.log(left, top, scale); // 0 -224 [ 4, 4 ]
 * ```
 */
export function mapFrame(image: Size, preprocessing: Preprocessing): MapFrame {
  const { width, height } = image;
  if (preprocessing.tiles !== undefined && autoTiles(image, preprocessing) !== undefined)
    return { image: { width, height }, left: 0, top: 0, scale: [1, 1] };
  const side = Math.max(width, height);
  const square = preprocessing.padToSquare ? { width: side, height: side } : { width, height };
  const size = sizeBeforeCrop(square, preprocessing);
  const [across, down] = [square.width / size.width, square.height / size.height];
  return {
    image: { width, height },
    left: across * halfToEven(size.width - preprocessing.width) - Math.floor((square.width - width) / 2),
    top: down * halfToEven(size.height - preprocessing.height) - Math.floor((square.height - height) / 2),
    scale: [across, down],
  };
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

const assertRoom = (step: string, image: RgbImage | Mask, to: Size, channels: number): void =>
  assertMemory('preprocess', step, image, to.width * to.height * channels, image.data.length);

/** Black on both sides of the shorter side; an odd remainder puts the extra pixel at the right or below. */
function padded({ width, height, data }: RgbImage | Mask, channels: number): RgbImage {
  const side = Math.max(width, height);
  if (width === height) return { width, height, data };
  const [left, top] = [Math.floor((side - width) / 2), Math.floor((side - height) / 2)];
  assertRoom('padding it to a square', { width, height, data }, { width: side, height: side }, channels);
  const out = new Uint8Array(side * side * channels);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width * channels, (y + 1) * width * channels);
    out.set(row, ((y + top) * side + left) * channels);
  }
  return { width: side, height: side, data: out };
}

/** torchvision's `CenterCrop`: the margin is half the remainder, rounded half to even. */
function cropped(image: RgbImage | Mask, width: number, height: number, channels: number): RgbImage {
  if (image.width === width && image.height === height) return image;
  const [left, top] = [halfToEven(image.width - width), halfToEven(image.height - height)];
  return cutOut(image, { left, top, width, height }, channels);
}

function halfToEven(n: number): number {
  const half = Math.floor(n / 2);
  return n % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}
