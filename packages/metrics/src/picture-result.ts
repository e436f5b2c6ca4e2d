import { MintError } from '@mint/internal';
import type { ImageSize } from './checks.js';

/** A scored picture. */
export interface PictureResult {
  /** Its class, by any name. */
  readonly className: string;
  /** Of the picture as a whole; larger is more anomalous. */
  readonly score: number;
  /** What is known about it: whether it has a defect. */
  readonly anomalous: boolean;
  /** Anomaly map `[H·W]` row-major. */
  readonly map?: Float32Array;
  /** `[H·W]`, 1 where anomalous. Left out for normal pictures, and for anomalous ones whose mask is not known. */
  readonly mask?: Uint8Array;
  /** Size of map and mask, needed with a map; the same for all pictures. */
  readonly size?: ImageSize;
}

/** The pictures of each class, in the order in which classes come up. */
export function groupByClass(pictures: readonly PictureResult[]): Map<string, PictureResult[]> {
  const groups = new Map<string, PictureResult[]>();
  for (const picture of pictures) {
    const group = groups.get(picture.className);
    if (group === undefined) groups.set(picture.className, [picture]);
    else group.push(picture);
  }
  return groups;
}

/** Scores and labels of pictures. */
export function imageSamples(pictures: readonly PictureResult[]) {
  const anomalous = pictures.filter((picture) => picture.anomalous).length;
  return {
    scores: Float64Array.from(pictures, ({ score }) => score),
    labels: Uint8Array.from(pictures, (picture) => Number(picture.anomalous)),
    normal: pictures.length - anomalous,
    anomalous,
  };
}

/** The pictures that count for pixel metrics, as one stack. */
export interface PixelStack {
  readonly maps: Float32Array;
  readonly masks: Uint8Array;
  readonly size: ImageSize;
  /** Index of each in the list it was taken from. */
  readonly pictures: readonly number[];
  /** Whether each is a normal picture; an anomalous one can have an empty mask. */
  readonly normal: readonly boolean[];
}

/** Whether a picture can count for pixel metrics. */
export const hasPixels = ({ map, mask, anomalous }: PictureResult): boolean =>
  map !== undefined && (!anomalous || mask !== undefined);

/** Classes with at least one known mask; pixels of the others are all called normal, or not known. */
export function classesWithMasks(pictures: readonly PictureResult[]): Set<string> {
  return new Set(
    pictures
      .filter(({ anomalous, mask }) => anomalous && mask !== undefined)
      .map(({ className }) => className),
  );
}

/**
 * Stacks maps and masks of the usable pictures.
 *
 * @returns `undefined` when there are no pixels of both kinds.
 */
export function stackPixels(
  who: string,
  pictures: readonly PictureResult[],
  counts: (picture: PictureResult) => boolean = () => true,
): PixelStack | undefined {
  const usable = pictures.flatMap(({ map, ...rest }, index) =>
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
  usable.forEach((picture, i) => {
    const { className, anomalous, map, mask } = picture;
    const size = sizeOf(who, picture);
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
    if (!anomalous && mask?.some((value) => value !== 0)) {
      throw new MintError(
        'MASK_MISMATCH',
        `${who}: a normal picture of '${className}' has a mask that is not empty.`,
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
    pictures: usable.map(({ index }) => index),
    normal: usable.map(({ anomalous }) => !anomalous),
  };
}

function sizeOf(who: string, { className, size }: PictureResult): ImageSize {
  if (size !== undefined) return size;
  throw new MintError('INVALID_ARGUMENT', `${who}: a picture of '${className}' has a map but no \`size\`.`);
}
