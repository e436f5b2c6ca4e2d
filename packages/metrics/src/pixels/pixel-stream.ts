import { assertInt, MintError } from '@mint/internal';
import { checkFprLimit, checkSamples, countImages, type ImageSize, requireBothKinds } from '../checks.js';
import { type Rows, rowsOf } from '../scores/ranking.js';
import { sortKinds, splitKinds } from '../scores/sort-scores.js';
import { type Connectivity, labelRegions } from './label-regions.js';
import { type AuProOptions, metricsOfRanked, PRO_LIMIT } from './pixel-metrics.js';
import { regionShares } from './rank-pixels.js';
import { binningErrors, type RegionScores, ScorePages } from './score-pages.js';

/** Options of {@link PixelMetricsStream}. */
export interface PixelStreamOptions extends AuProOptions {
  /** Pixels up to which the result is exact, at about 12 bytes each. @defaultValue 2²⁵, about 400 MB */
  readonly exactPixels?: number | undefined;
}

/** A value and its bound. */
export interface BoundedValue {
  /** In [0, 1]. */
  readonly value: number;
  /** How far from `value` the exact one can lie; 0 where it is exact. */
  readonly error: number;
}

/** Result of {@link PixelMetricsStream.compute}; definitions as in {@link PixelMetrics}. */
export interface StreamedPixelMetrics {
  /** Area under the ROC curve. */
  readonly auroc: BoundedValue;
  /** Average precision. */
  readonly ap: BoundedValue;
  /** Largest F1. */
  readonly f1Max: BoundedValue;
  /** A threshold that reaches the value (not only its bound) of `f1Max` and `iouMax`. */
  readonly f1Threshold: number;
  /** Largest intersection over union. */
  readonly iouMax: BoundedValue;
  /** Area under the per-region-overlap curve up to the limit, divided by the limit. */
  readonly auPro: BoundedValue;
  /** Number of pixels seen. */
  readonly pixels: number;
}

/**
 * The numbers of {@link pixelMetrics} for more pixels than memory holds, batch by batch.
 *
 * Up to `exactPixels` pixels are kept, and the result is exact. Beyond that they become counts in 2²⁴ bins by the leading
 * bits of their scores; two scores share a bin when they differ by less than about 1/32768 of their size. The curves are
 * then known exactly at the edge of every bin, and pass somewhere through the rectangle between; each value comes with the
 * largest error that this allows, typically near 1e-5 and never a guess. Memory stays below `exactPixels` times about 12
 * bytes, and then below 400 MB, for any number of pixels; empty bins cost nothing.
 *
 * The order of batches, and how streams are merged, changes nothing but the last digits. Counts are float64, exact to
 * 2⁵³. Scores are float32, the type of anomaly maps.
 *
 * @see Our decision. torchmetrics and anomalib bin scores into a given number of thresholds, and do not report the error.
 *
 * @example
 * ```ts
 * import { PixelMetricsStream } from '@mint/metrics';
 *
 * const stream = new PixelMetricsStream({ width: 4, height: 2 });
 * const good = Float32Array.of(0.1, 0.2, 0.2, 0.1, 0.1, 0.3, 0.2, 0.1);
 * stream.update(good, new Uint8Array(8)); // batch by batch
 * const map = Float32Array.of(0.1, 0.2, 0.8, 0.9, 0.1, 0.3, 0.3, 0.7);
 * stream.update(map, [0, 0, 0, 1, 0, 0, 0, 1]);
 * const { auroc, pixels } = stream.compute();
 * console.log(auroc, pixels); // { value: 0.9642857142857143, error: 0 } 16
 * ```
 */
export class PixelMetricsStream {
  readonly #size: ImageSize;
  readonly #options: { connectivity: Connectivity; exactPixels: number; fprLimit: number };
  #chunks: RegionScores[] = [];
  #pages: ScorePages | undefined;
  #negatives = 0;
  #positives = 0;
  #regions = 0;

  /**
   * @param size - Size of every image, unless `update` gets another one.
   * @throws MintError `INVALID_ARGUMENT` for a limit outside (0, 1] or `exactPixels` out of range.
   */
  constructor(size: ImageSize, options: PixelStreamOptions = {}) {
    const { connectivity = 8, exactPixels = 2 ** 25, fprLimit = PRO_LIMIT } = options;
    assertInt('PixelMetricsStream', 'exactPixels', exactPixels, 0, 2 ** 31 - 1);
    countImages('PixelMetricsStream', 0, size);
    this.#size = { width: size.width, height: size.height };
    this.#options = { connectivity, exactPixels, fprLimit: checkFprLimit('PixelMetricsStream', fprLimit) };
  }

  /**
   * Adds images. A batch may have pixels of one kind only.
   *
   * @param maps - `[N·H·W]` row-major anomaly maps; not kept.
   * @param masks - `[N·H·W]`, 1 where anomalous.
   * @param size - Size of these images. @defaultValue the stream's
   * @throws MintError `INVALID_ARGUMENT` for NaN or another mask value; `SHAPE_MISMATCH` when sizes do not fit. Nothing
   * is added then.
   */
  update(maps: Float32Array, masks: ArrayLike<number>, size: ImageSize = this.#size): void {
    countImages('PixelMetricsStream', maps.length, size);
    checkSamples('PixelMetricsStream', maps, masks);
    const { labels, count } = labelRegions(masks, size, this.#options.connectivity);
    this.#add({ ...splitKinds(maps, labels, true), shares: regionShares(labels, count) });
  }

  /**
   * Adds everything another stream has seen, and leaves that one as it is.
   *
   * @throws MintError `INVALID_ARGUMENT` when it has another size or connectivity.
   */
  merge(other: PixelMetricsStream): void {
    const kind = (stream: PixelMetricsStream) =>
      `${stream.#size.width}x${stream.#size.height}, ${stream.#options.connectivity}-connected`;
    if (kind(this) !== kind(other)) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `PixelMetricsStream: streams of ${kind(this)} and ${kind(other)} images cannot be merged.`,
      );
    }
    if (other.#pages !== undefined) {
      this.#toPages().merge(other.#pages);
      this.#negatives += other.#negatives;
      this.#positives += other.#positives;
      this.#regions += other.#regions;
    }
    for (const chunk of other.#chunks) this.#add(chunk);
  }

  /**
   * Metrics of everything seen so far; more may come.
   *
   * @throws MintError `UNDEFINED_METRIC` when all pixels are of one kind.
   */
  compute(): StreamedPixelMetrics {
    const [negatives, positives, regions] = [this.#negatives, this.#positives, this.#regions];
    const pixels = negatives + positives;
    requireBothKinds('PixelMetricsStream', positives, pixels);
    const rows = this.#pages?.rows() ?? exactRows(this.#chunks);
    const ranked = { rows, negatives, positives, regions };
    const { fprLimit } = this.#options;
    const { f1Threshold, ...values } = metricsOfRanked(ranked, fprLimit);
    const errors =
      this.#pages === undefined
        ? { auroc: 0, ap: 0, f1Max: 0, iouMax: 0, auPro: 0 }
        : binningErrors(ranked, values, fprLimit);
    const bounded = (name: keyof typeof values) => ({ value: values[name], error: errors[name] });
    return {
      auroc: bounded('auroc'),
      ap: bounded('ap'),
      f1Max: bounded('f1Max'),
      f1Threshold,
      iouMax: bounded('iouMax'),
      auPro: bounded('auPro'),
      pixels,
    };
  }

  #add(chunk: RegionScores): void {
    this.#negatives += chunk.negatives.length;
    this.#positives += chunk.positives.length;
    this.#regions += chunk.shares.length - 1;
    if (this.#pages === undefined && this.#negatives + this.#positives <= this.#options.exactPixels) {
      this.#chunks.push(chunk);
    } else this.#toPages().add(chunk);
  }

  #toPages(): ScorePages {
    if (this.#pages === undefined) {
      this.#pages = new ScorePages();
      for (const chunk of this.#chunks) this.#pages.add(chunk);
      this.#chunks = [];
    }
    return this.#pages;
  }
}

/** All kept batches as one ranking; regions are numbered through. */
function exactRows(chunks: readonly RegionScores[]): Rows {
  const total = (of: (chunk: RegionScores) => number) => chunks.reduce((sum, chunk) => sum + of(chunk), 0);
  const negatives = new Float32Array(total((chunk) => chunk.negatives.length));
  const positives = new Float32Array(total((chunk) => chunk.positives.length));
  const payload = new Int32Array(positives.length);
  const shares = new Float64Array(total((chunk) => chunk.shares.length));
  let [n, p, s] = [0, 0, 0];
  for (const chunk of chunks) {
    negatives.set(chunk.negatives, n);
    positives.set(chunk.positives, p);
    for (let i = 0; i < chunk.payload.length; i++) payload[p + i] = (chunk.payload[i] as number) + s;
    shares.set(chunk.shares, s);
    n += chunk.negatives.length;
    p += chunk.positives.length;
    s += chunk.shares.length;
  }
  return rowsOf(sortKinds({ negatives, positives, payload }), () => (region) => shares[region] as number);
}
