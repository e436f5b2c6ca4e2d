import type { RenderedSample, Size } from '@mint/image';
import { assertProbability, deriveSeed, MintError, Random } from '@mint/internal';
import { sine } from '../procedural/maths.js';

/** Random changes of good training images. All off by default; UniAD uses none. */
export interface AugmentOptions {
  /** Mirrors left and right, with probability ½. @defaultValue false */
  readonly mirror?: boolean | undefined;
  /** Mirrors top and bottom, with probability ½. @defaultValue false */
  readonly flip?: boolean | undefined;
  /** Turns by 0, 90, 180 or 270 degrees; square images only. @defaultValue false */
  readonly quarterTurns?: boolean | undefined;
  /** Largest turn about the centre either way, in degrees, 0 to 45. Border pixels are repeated outwards. @defaultValue 0 */
  readonly rotate?: number | undefined;
  /** Largest relative change of brightness, 0 to 1. @defaultValue 0 */
  readonly brightness?: number | undefined;
  /** Largest relative change of contrast about mid gray, 0 to 1. @defaultValue 0 */
  readonly contrast?: number | undefined;
  /** Largest relative change of each single colour channel, 0 to 1. @defaultValue 0 */
  readonly colour?: number | undefined;
}

/**
 * Refuses the options that {@link augment} would refuse, before there is an image.
 *
 * See the example of {@link augment}.
 *
 * @param size - Size of the images.
 * @throws MintError `INVALID_ARGUMENT` as {@link augment}.
 */
export function assertAugmentable(
  { quarterTurns, rotate = 0, brightness = 0, contrast = 0, colour = 0 }: AugmentOptions,
  { width, height }: Size,
): void {
  for (const [name, value] of Object.entries({ brightness, contrast, colour }))
    assertProbability('augment', name, value);
  if (!(rotate >= 0 && rotate <= 45))
    throw new MintError('INVALID_ARGUMENT', `augment: \`rotate\` must lie in [0, 45], got ${rotate}.`);
  if (quarterTurns && width !== height)
    throw new MintError(
      'INVALID_ARGUMENT',
      `augment: quarter turns need a square image, got ${width}x${height}.`,
    );
}

/**
 * Draws one variant of a preprocessed image. Its mask gets the same geometry, keeps the values 0 and 1, and has no colour change.
 * Only for images whose label does not depend on the change: after `mirror`, a part mounted the wrong way round is no longer a
 * defect.
 *
 * @param seed - Equal seeds give equal variants on every machine; derive it from epoch and sample.
 * @returns New data of the same size; the input is not changed.
 * @throws MintError `INVALID_ARGUMENT` for an option out of range, or quarter turns of an image that is not square.
 *
 * @example
 * ```ts
 * import { assertAugmentable, augment } from '@mint/data';
 *
 * const image = { width: 2, height: 1, data: Uint8Array.of(10, 10, 10, 90, 90, 90) };
 * assertAugmentable({ mirror: true }, image);
 * console.log([0, 1, 2, 3].map((seed) => augment({ image }, { mirror: true }, seed).image.data[0]));
 * // [ 10, 10, 90, 90 ]
 * ```
 */
export function augment(
  { image, mask }: RenderedSample,
  options: AugmentOptions,
  seed: number,
): RenderedSample {
  const { width, height } = image;
  assertAugmentable(options, image);
  const { mirror, flip, quarterTurns, rotate = 0, brightness = 0, contrast = 0, colour = 0 } = options;
  const random = new Random(deriveSeed(seed, 'augment'));
  // Every number is drawn whether used or not, so that switching one change on leaves the other changes as they were.
  const draws = Array.from({ length: 9 }, () => random.uniform());
  const [a = 0, b = 0, turns = 0, angle = 0, light = 0, spread = 0, ...tints] = draws;
  const source = sourceOf(width, height, {
    mirror: mirror === true && a < 0.5,
    flip: flip === true && b < 0.5,
    turns: quarterTurns ? Math.floor(4 * turns) : 0,
    angle: rotate * (2 * angle - 1),
  });
  const tables = tints.map((tint) =>
    colourTable(
      1 + brightness * (2 * light - 1),
      1 + contrast * (2 * spread - 1),
      1 + colour * (2 * tint - 1),
    ),
  );
  const data = new Uint8Array(image.data.length);
  const bits = mask === undefined ? undefined : new Uint8Array(mask.data.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const [sx, sy] = source(x, y);
      for (let c = 0; c < 3; c++)
        data[3 * at + c] = tables[c]?.[bilinear(image.data, width, height, sx, sy, c)] as number;
      if (bits !== undefined && mask !== undefined)
        bits[at] = mask.data[clamp(Math.round(sy), height) * width + clamp(Math.round(sx), width)] as number;
    }
  }
  return {
    image: { width, height, data },
    mask: bits && { width, height, data: bits },
  };
}

interface Geometry {
  readonly mirror: boolean;
  readonly flip: boolean;
  readonly turns: number;
  /** Degrees. */
  readonly angle: number;
}

/** Where in the source the pixel (x, y) of the result comes from, in pixels. */
function sourceOf(width: number, height: number, { mirror, flip, turns, angle }: Geometry) {
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const quarter = [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ][turns] as [number, number];
  const [cos, sin] = angle === 0 ? [1, 0] : [sine(angle / 360 + 0.25), sine(angle / 360)];
  const c = cos * quarter[0] - sin * quarter[1];
  const s = sin * quarter[0] + cos * quarter[1];
  return (x: number, y: number): readonly [number, number] => {
    const [dx, dy] = [mirror ? cx - x : x - cx, flip ? cy - y : y - cy];
    return [cx + c * dx - s * dy, cy + s * dx + c * dy];
  };
}

function bilinear(data: Uint8Array, width: number, height: number, x: number, y: number, c: number): number {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - x0, y - y0];
  const at = (px: number, py: number) =>
    data[3 * (clamp(py, height) * width + clamp(px, width)) + c] as number;
  if (fx === 0 && fy === 0) return at(x0, y0);
  const top = at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx;
  const bottom = at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx;
  return Math.floor(top * (1 - fy) + bottom * fy + 0.5);
}

const clamp = (position: number, size: number) => Math.min(size - 1, Math.max(0, position));

/** All 256 values through brightness, contrast about 127.5, and the channel's own factor. */
function colourTable(brightness: number, contrast: number, tint: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, value) => {
    const changed = (value * brightness * tint - 127.5) * contrast + 127.5;
    return Math.min(255, Math.max(0, Math.floor(changed + 0.5)));
  });
}
