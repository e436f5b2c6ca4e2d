import { MintError } from '@mint/internal';
import type { ImageSize } from '../checks.js';
import type { PixelStack } from './metric.js';

/** A scored image. */
export interface ImageResult {
  /** Its class, by any name. */
  readonly className: string;
  /** Score of the whole image; larger is more anomalous. */
  readonly score: number;
  /** Whether it has a defect. */
  readonly anomalous: boolean;
  /** Anomaly map `[H·W]` row-major. */
  readonly map?: Float32Array | undefined;
  /** `[H·W]`, 1 where anomalous. Left out for normal images, and for anomalous images whose mask is not known. */
  readonly mask?: Uint8Array | undefined;
  /** Size of map and mask; needed with a map, and the same for all images. */
  readonly size?: ImageSize | undefined;
}

/** The images of each class, in the order in which the classes first appear. */
export function groupByClass(images: readonly ImageResult[]): Map<string, ImageResult[]> {
  const groups = new Map<string, ImageResult[]>();
  for (const image of images) {
    const group = groups.get(image.className);
    if (group === undefined) groups.set(image.className, [image]);
    else group.push(image);
  }
  return groups;
}

/** Scores and labels of images, and whether there are both kinds, which image metrics need. */
export function imageSamples(images: readonly ImageResult[]) {
  const anomalous = images.filter((image) => image.anomalous).length;
  const normal = images.length - anomalous;
  return {
    scores: Float64Array.from(images, ({ score }) => score),
    labels: Uint8Array.from(images, (image) => Number(image.anomalous)),
    normal,
    anomalous,
    bothKinds: normal > 0 && anomalous > 0,
  };
}

/** Whether an image can count for pixel metrics. */
export const hasPixels = ({ map, mask, anomalous }: ImageResult): boolean =>
  map !== undefined && (!anomalous || mask !== undefined);

/** Classes with at least one known mask; in other classes every known pixel is normal. */
export function classesWithMasks(images: readonly ImageResult[]): Set<string> {
  return new Set(
    images.filter(({ anomalous, mask }) => anomalous && mask !== undefined).map(({ className }) => className),
  );
}

/**
 * Stacks maps and masks of the usable images.
 *
 * @returns `undefined` when there are no pixels of both kinds.
 */
export function stackPixels(
  who: string,
  images: readonly ImageResult[],
  counts: (image: ImageResult) => boolean = () => true,
): PixelStack | undefined {
  const usable = images.flatMap(({ map, ...rest }, index) =>
    map !== undefined && hasPixels({ map, ...rest }) && counts({ map, ...rest })
      ? [{ map, index, ...rest }]
      : [],
  );
  const [first] = usable;
  if (first === undefined) return undefined;
  const { width, height } = sizeOf(who, first);
  const pixels = width * height;
  const maps = new Float32Array(usable.length * pixels);
  const masks = new Uint8Array(usable.length * pixels);
  usable.forEach((image, i) => {
    const { className, anomalous, map, mask } = image;
    const size = sizeOf(who, image);
    if (
      size.width !== width ||
      size.height !== height ||
      map.length !== pixels ||
      (mask?.length ?? pixels) !== pixels
    ) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `${who}: maps and masks must all have ${width}x${height} pixels, but one of '${className}' has size ` +
          `${size.width}x${size.height}, a map of ${map.length} and ${mask === undefined ? 'no mask' : `a mask of ${mask.length}`}.`,
      );
    }
    if (mask !== undefined) checkMask(who, className, mask);
    if (!anomalous && mask?.some((value) => value !== 0)) {
      throw new MintError(
        'MASK_MISMATCH',
        `${who}: a normal image of '${className}' has a mask that is not empty.`,
      );
    }
    maps.set(map, i * pixels);
    if (mask !== undefined) masks.set(mask, i * pixels);
  });
  // A class without masks, or small defects that vanished when their masks were made smaller.
  if (!masks.includes(0) || masks.every((value) => value === 0)) return undefined;
  return {
    maps,
    masks,
    size: { width, height },
    images: usable.map(({ index }) => index),
    normal: usable.map(({ anomalous }) => !anomalous),
  };
}

/** Throws unless all values are 0 or 1, before they are stored as bytes: 0.5 and 256 would become 0. */
function checkMask(who: string, className: string, mask: ArrayLike<number>): void {
  for (let i = 0; i < mask.length; i++) {
    const value = mask[i];
    if (value !== 0 && value !== 1) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `${who}: a mask must be 0 or 1, got ${value} at position ${i} of an image of '${className}'.`,
      );
    }
  }
}

function sizeOf(who: string, { className, size }: ImageResult): ImageSize {
  if (size !== undefined) return size;
  throw new MintError('INVALID_ARGUMENT', `${who}: an image of '${className}' has a map but no \`size\`.`);
}
