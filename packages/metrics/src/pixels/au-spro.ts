import { MintError } from '@mint/internal';
import { checkFprLimit, countImages, type ImageSize } from '../checks.js';
import { areaUnderOverlap, rowsOf } from '../scores/ranking.js';
import { sortByKind } from '../scores/sort-scores.js';

/** One annotated defect. Its pixels need not be connected, and may belong to other defects too. */
export interface Defect {
  /** Index of its image in the stack. */
  readonly image: number;
  /** `[H·W]`, 1 where it is. */
  readonly mask: ArrayLike<number>;
  /**
   * Number of pixels that are enough to have found it, above 0 and at most its area. MVTec LOCO's `defects_config.json`
   * gives it for each kind of defect, as a number of pixels (use the area if that is smaller) or as a share of the area.
   * @defaultValue its area
   */
  readonly saturation?: number | undefined;
}

/** Options of {@link auSPro}. */
export interface AuSProOptions {
  /** Upper end of the false-positive rate. @defaultValue 0.05 (MVTec LOCO's headline number) */
  readonly fprLimit?: number | undefined;
}

/**
 * AU-sPRO, the localisation metric of MVTec LOCO AD: area under the **saturated** per-region-overlap curve.
 *
 * `sPRO(t) = mean over defects of min(|found pixels of the defect| / saturation, 1)`, against the false-positive rate over
 * all pixels outside defects; `AU-sPRO = ∫₀ᴸ sPRO dFPR / L` in [0, 1]. A missing object has no position of its own: its
 * annotation covers all positions where it could be, and finding a part as large as the object is enough. If every
 * saturation equals the area, and the defects are the connected regions of the masks, this is `auPro`.
 *
 * Ties are one straight piece, the limit is cut by linear interpolation, the area is divided by the limit; undefined
 * without a defect or without a normal pixel.
 *
 * Elsewhere: MVTec's script does the same at its own choice of thresholds, and averages the values of structural and
 * logical defects, each against all good images (call this function twice). Code that flattens the annotation files of an
 * image to one mask computes PRO, which is lower for logical defects.
 *
 * @param maps - `[N·H·W]` row-major anomaly maps.
 * @param defects - At least one; images without are normal.
 * @param size - Of every image; N follows from it.
 * @param options - Another limit.
 * @throws MintError `UNDEFINED_METRIC`, see above; `INVALID_ARGUMENT` for a defect with another mask, an empty one, a
 * saturation out of range or an image outside the stack, for a NaN score, or a limit outside (0, 1]; `SHAPE_MISMATCH`
 * when sizes do not fit.
 * @see Bergmann et al., "Beyond Dents and Scratches", IJCV 2022, section 4.
 *
 * @example
 * ```ts
 * import { auSPro } from '@mint/metrics';
 *
 * const size = { width: 4, height: 2 };
 * const map = Float32Array.of(0.1, 0.2, 0.8, 0.9, 0.1, 0.2, 0.4, 0.7);
 * // An object of two pixels is missing. It could be anywhere in the right half.
 * const missing = { image: 0, mask: [0, 0, 1, 1, 0, 0, 1, 1], saturation: 2 };
 * console.log(auSPro(map, [missing], size)); // 1
 * ```
 */
export function auSPro(
  maps: ArrayLike<number>,
  defects: readonly Defect[],
  size: ImageSize,
  { fprLimit = 0.05 }: AuSProOptions = {},
): number {
  checkFprLimit('auSPro', fprLimit);
  const images = countImages('auSPro', maps.length, size);
  const pixels = size.width * size.height;
  for (let i = 0; i < maps.length; i++) {
    if (Number.isNaN(maps[i])) {
      throw new MintError('INVALID_ARGUMENT', `auSPro: a score must be a number, got NaN at position ${i}.`);
    }
  }
  const defective = new Uint8Array(maps.length);
  const areas = defects.map((defect, d) => {
    if (!(Number.isInteger(defect.image) && defect.image >= 0 && defect.image < images)) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `auSPro: defect ${d} is in image ${defect.image}, but there are ${images}.`,
      );
    }
    const area = checkedArea(defect, d, size);
    const start = defect.image * pixels;
    for (let i = 0; i < pixels; i++) if (defect.mask[i] === 1) defective[start + i] = 1;
    return area;
  });
  const negatives = defective.reduce((count, value) => count - value, maps.length);
  if (negatives === 0 || defects.length === 0) {
    throw new MintError(
      'UNDEFINED_METRIC',
      `auSPro: undefined, because there are no ${negatives === 0 ? 'normal pixels' : 'defects'}.`,
    );
  }
  const total = negatives + areas.reduce((sum, area) => sum + area, 0);
  const scores = maps instanceof Float32Array ? new Float32Array(total) : new Float64Array(total);
  const kinds = new Int32Array(total);
  let at = 0;
  for (let i = 0; i < maps.length; i++) if (defective[i] === 0) scores[at++] = maps[i] as number;
  defects.forEach(({ image, mask }, d) => {
    for (let i = 0; i < pixels; i++) {
      if (mask[i] === 0) continue;
      scores[at] = maps[image * pixels + i] as number;
      kinds[at++] = d + 1;
    }
  });
  const enough = defects.map(({ saturation }, d) => saturation ?? (areas[d] as number));
  const rows = rowsOf(sortByKind(scores, kinds, true), () => saturatingOverlap(enough));
  return areaUnderOverlap(rows, negatives, defects.length, fprLimit);
}

/** The number of pixels in a defect's mask; throws unless mask and saturation are valid. */
function checkedArea({ mask, saturation }: Defect, d: number, { width, height }: ImageSize): number {
  if (mask.length !== width * height) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `auSPro: the mask of defect ${d} must have ${width}x${height} pixels, got ${mask.length}.`,
    );
  }
  let area = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 0 && mask[i] !== 1) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `auSPro: a mask must be 0 or 1, got ${mask[i]} at position ${i} of defect ${d}.`,
      );
    }
    area += mask[i] as number;
  }
  if (area === 0) throw new MintError('INVALID_ARGUMENT', `auSPro: the mask of defect ${d} is empty.`);
  if (saturation !== undefined && !(saturation > 0 && saturation <= area)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `auSPro: the saturation of defect ${d} must be above 0 and at most its area of ${area} pixels, got ${saturation}.`,
    );
  }
  return area;
}

/** The overlap that the next found pixel of a defect, numbered from 1, adds. */
function saturatingOverlap(enough: readonly number[]): (defect: number) => number {
  const found = new Float64Array(enough.length + 1);
  return (defect) => {
    const needed = enough[defect - 1] as number;
    const before = found[defect] as number;
    found[defect] = before + 1;
    return Math.min(1, (before + 1) / needed) - Math.min(1, before / needed);
  };
}
