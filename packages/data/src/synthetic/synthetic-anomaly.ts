import type { Mask, RgbImage } from '@mint/image';
import { assertInt, assertOneOf, deriveSeed, MintError, Random } from '@mint/internal';
import { mix } from '../procedural/maths.js';
import { OVERLAYS, type Overlay, SYNTHETIC_KINDS, type SyntheticKind } from './overlays.js';

/** An image with a synthetic anomaly. */
export interface SyntheticAnomaly {
  /** The changed image, as large as the given one. */
  readonly image: RgbImage;
  /** 1 where the image was changed; some pixel always is. */
  readonly mask: Mask;
  /** The given kind, or the one drawn. */
  readonly kind: SyntheticKind;
}

/** Number of draws until an anomaly shows: background pasted on background does not. */
const ATTEMPTS = 8;
/** Mean change of the changed pixels, in grey levels of a channel, from which an anomaly shows (our decision). */
const SHOWS = 6;

/**
 * Adds one synthetic anomaly to a normal image, so that hyper-parameters can be chosen without anomalous images and
 * without the test set.
 *
 * - `texture`: spots of another surface, cut out by Perlin noise and blended in with a random opacity (DRAEM);
 * - `cutpaste`: a rectangle of the image moved elsewhere, brighter or darker (CutPaste);
 * - `structural`: a rectangle of the image blended in elsewhere without a seam, by Poisson's equation (after NSA);
 * - `scratch`: a thin line.
 *
 * @param image - At least 16 pixels on each side; not changed.
 * @param seed - Equal seeds give equal results on every machine.
 * @param kind - Default: drawn.
 * @throws MintError `INVALID_ARGUMENT` for an image under 16 pixels, a seed that is not an integer, an unknown kind, or an
 * image that the kind cannot change: `structural` needs more than one colour.
 * @see Zavrtanik et al., "DRAEM", ICCV 2021; Li et al., "CutPaste", CVPR 2021; Schlüter et al., "Natural Synthetic
 * Anomalies", ECCV 2022. Surfaces are those of `procedural-v1`, not of a data set.
 *
 * @example
 * ```ts
 * import { proceduralDataset, syntheticAnomaly } from '@mint/data';
 *
 * const good = proceduralDataset({ size: 64 }).samples[0]?.render?.();
 * if (good !== undefined) {
 *   const { mask, kind } = syntheticAnomaly(good.image, 0, 'cutpaste');
 *   console.log(kind, mask.data.some((value) => value === 1)); // cutpaste true
 * }
 * ```
 */
export function syntheticAnomaly(image: RgbImage, seed: number, kind?: SyntheticKind): SyntheticAnomaly {
  const { width, height } = image;
  if (Math.min(width, height) < 16) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `syntheticAnomaly: needs at least 16x16 pixels, got ${width}x${height}.`,
    );
  }
  assertInt('syntheticAnomaly', 'seed', seed, Number.MIN_SAFE_INTEGER);
  if (kind !== undefined) assertOneOf('syntheticAnomaly', 'kind', kind, SYNTHETIC_KINDS);
  let best: (SyntheticAnomaly & { readonly change: number }) | undefined;
  for (let attempt = 0; attempt < ATTEMPTS && (best?.change ?? 0) < SHOWS; attempt++) {
    const random = new Random(deriveSeed(seed, 'synthetic', attempt));
    const drawn = SYNTHETIC_KINDS[random.int(SYNTHETIC_KINDS.length)] ?? 'texture';
    const made = overlaid(image, OVERLAYS[kind ?? drawn](image, random));
    if (made.change > (best?.change ?? 0)) best = { ...made, kind: kind ?? drawn };
  }
  if (best === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `syntheticAnomaly: ${ATTEMPTS} draws of '${kind}' left the image unchanged; does it have one colour only?`,
    );
  }
  return { image: best.image, mask: best.mask, kind: best.kind };
}

/** The image with an overlay, where it changed, and the mean change there. */
function overlaid({ width, height, data }: RgbImage, { alpha, colour }: Overlay) {
  const result = Uint8Array.from(data);
  const mask = new Uint8Array(width * height);
  let [sum, count] = [0, 0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const a = alpha(x, y);
      if (a === 0) continue;
      for (const c of [0, 1, 2] as const) {
        const old = data[3 * i + c] as number;
        const value = Math.floor(mix(old, Math.min(255, Math.max(0, colour(x, y, c))), a) + 0.5);
        if (value !== old) mask[i] = 1;
        result[3 * i + c] = value;
        sum += Math.abs(value - old);
      }
      count += mask[i] as number;
    }
  }
  return {
    image: { width, height, data: result },
    mask: { width, height, data: mask },
    change: count === 0 ? 0 : sum / (3 * count),
  };
}
