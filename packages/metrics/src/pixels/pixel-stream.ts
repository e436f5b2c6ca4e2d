import { assertInt, MintError } from '@mint/internal';
import { checkSamples, countImages, type ImageSize, requireBothKinds } from '../checks.js';
import {
  areaUnderOverlap,
  type Bins,
  type Rows,
  rankingMetrics,
  rowsOf,
  rowsOfBins,
} from '../scores/ranking.js';
import { flipBits, type SortedScores, sortKinds, splitKinds } from '../scores/sort-scores.js';
import { labelRegions } from './label-regions.js';
import { type AuProOptions, limitOf, regionShares } from './pixel-metrics.js';

/** Options of {@link PixelMetricsStream}. */
export interface PixelStreamOptions extends AuProOptions {
  /** Pixels up to which the result is exact, at about 12 bytes each. @defaultValue 2²⁵, about 400 MB */
  readonly exactPixels?: number;
}

/** A value and its bound. */
export interface BoundedValue {
  /** In [0, 1]. */
  readonly value: number;
  /** How far from `value` the exact one can lie; 0 where it is exact. */
  readonly error: number;
}

/** What {@link PixelMetricsStream.compute} gives; definitions as in {@link PixelMetrics}. */
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

/** Leading bits of a float32 that tell bins apart: sign, exponent, 15 of 23 bits of the fraction. */
const BIN_BITS = 24;
const BELOW_BIN = 32 - BIN_BITS;
/** Bins lie on pages, which exist once a score falls on them. */
const PAGE_BITS = 12;
const PAGE = 2 ** PAGE_BITS;

/** Pixels of one batch; the payload is the region's number, its place in `shares`. */
interface Chunk extends SortedScores<Float32Array> {
  readonly shares: Float64Array;
}

/**
 * The numbers of {@link pixelMetrics} for more pixels than memory holds, batch by batch.
 *
 * Up to `exactPixels` pixels are kept, and the result is exact. Beyond that they become counts in 2²⁴ bins by the leading
 * bits of their scores, of which two scores share one when they differ by less than about 1/32768 of their size. The
 * curves are then known exactly at every bin's edge and pass somewhere through the rectangle between; each value comes
 * with the largest error that this leaves, typically near 1e-5 and never a guess. Memory stays below `exactPixels` times
 * about 12 bytes and then 400 MB, however many pixels come; bins that no score falls into cost nothing.
 *
 * The order of batches, and how streams are merged, changes nothing but the last digits. Counts are float64, exact to
 * 2⁵³. Scores are float32, the type of anomaly maps.
 *
 * @see Our decision. torchmetrics and anomalib bin scores into as many thresholds as they are told, without saying what
 * that costs.
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
  readonly #options: Required<PixelStreamOptions>;
  #chunks: Chunk[] = [];
  #pages: Pages | undefined;
  #negatives = 0;
  #positives = 0;
  #regions = 0;

  /**
   * @param size - Of every image that comes, unless `update` is told another.
   * @throws MintError `INVALID_ARGUMENT` for a limit outside (0, 1] or another `exactPixels`.
   */
  constructor(size: ImageSize, options: PixelStreamOptions = {}) {
    const { connectivity = 8, exactPixels = 2 ** 25 } = options;
    assertInt('PixelMetricsStream', 'exactPixels', exactPixels, 0, 2 ** 31 - 1);
    countImages('PixelMetricsStream', 0, size);
    this.#size = { width: size.width, height: size.height };
    this.#options = { connectivity, exactPixels, fprLimit: limitOf('PixelMetricsStream', options) };
  }

  /**
   * Adds images. A batch may have pixels of one kind only.
   *
   * @param maps - `[N·H·W]` row-major anomaly maps; not kept.
   * @param masks - `[N·H·W]`, 1 where anomalous.
   * @param size - Of these images. @defaultValue the stream's
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
      const pages = this.#toPages();
      other.#pages.forEach((page, number) => {
        if (page === undefined) return;
        const own = pageAt(pages, number);
        for (let i = 0; i < PAGE; i++) {
          add(own.negatives, i, page.negatives[i] as number);
          add(own.positives, i, page.positives[i] as number);
          add(own.overlap, i, page.overlap[i] as number);
        }
      });
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
    const rows = this.#pages === undefined ? exactRows(this.#chunks) : rowsOfPages(this.#pages);
    const { f1Threshold, ...values } = {
      ...rankingMetrics(rows, negatives, positives),
      auPro: areaUnderOverlap(rows, negatives, regions, this.#options.fprLimit),
    };
    const errors =
      this.#pages === undefined
        ? { auroc: 0, ap: 0, f1Max: 0, iouMax: 0, auPro: 0 }
        : binningErrors(rows, values, { negatives, positives, regions, fprLimit: this.#options.fprLimit });
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

  #add(chunk: Chunk): void {
    this.#negatives += chunk.negatives.length;
    this.#positives += chunk.positives.length;
    this.#regions += chunk.shares.length - 1;
    if (this.#pages === undefined && this.#negatives + this.#positives <= this.#options.exactPixels) {
      this.#chunks.push(chunk);
    } else addToPages(this.#toPages(), chunk);
  }

  #toPages(): Pages {
    if (this.#pages === undefined) {
      this.#pages = Array<Bins | undefined>(2 ** (BIN_BITS - PAGE_BITS)).fill(undefined);
      for (const chunk of this.#chunks) addToPages(this.#pages, chunk);
      this.#chunks = [];
    }
    return this.#pages;
  }
}

/** All pages there can be, in order. */
type Pages = (Bins | undefined)[];

function pageAt(pages: Pages, number: number): Bins {
  pages[number] ??= {
    negatives: new Float64Array(PAGE),
    positives: new Float64Array(PAGE),
    overlap: new Float64Array(PAGE),
  };
  return pages[number];
}

function addToPages(pages: Pages, { negatives, positives, payload, shares }: Chunk): void {
  const bitsOf = (scores: Float32Array) => new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
  const [ofNegatives, ofPositives] = [bitsOf(negatives), bitsOf(positives)];
  for (let i = 0; i < ofNegatives.length; i++) {
    const bin = flipBits(ofNegatives[i] as number) >>> BELOW_BIN;
    add(pageAt(pages, bin >>> PAGE_BITS).negatives, bin & (PAGE - 1), 1);
  }
  for (let i = 0; i < ofPositives.length; i++) {
    const bin = flipBits(ofPositives[i] as number) >>> BELOW_BIN;
    const page = pageAt(pages, bin >>> PAGE_BITS);
    add(page.positives, bin & (PAGE - 1), 1);
    add(page.overlap, bin & (PAGE - 1), shares[payload[i] as number] as number);
  }
}

function rowsOfPages(pages: Pages): Rows {
  return (visit) => {
    pages.forEach((page, number) => {
      if (page !== undefined) rowsOfBins(page, (bin) => lowestScore(number * PAGE + bin))(visit);
    });
  };
}

/** The lowest float32 of a bin. */
function lowestScore(bin: number): number {
  const bits = flipBits(((bin << BELOW_BIN) | (2 ** BELOW_BIN - 1)) >>> 0);
  const score = new Float32Array(Uint32Array.of(bits).buffer)[0] as number;
  // Below −Infinity there are only bits of NaNs.
  return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
}

/** All kept batches as one ranking; regions are numbered through. */
function exactRows(chunks: readonly Chunk[]): Rows {
  const total = (of: (chunk: Chunk) => number) => chunks.reduce((sum, chunk) => sum + of(chunk), 0);
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

/**
 * How far the metrics can move when the samples of each row are put in any order, ties or not. The curves run from one
 * corner of the row's rectangle to the other, and nowhere outside it.
 */
function binningErrors(
  rows: Rows,
  values: Record<'ap' | 'f1Max' | 'iouMax', number>,
  totals: { negatives: number; positives: number; regions: number; fprLimit: number },
): Record<'auroc' | 'ap' | 'f1Max' | 'iouMax' | 'auPro', number> {
  const { negatives, positives, regions, fprLimit } = totals;
  const limit = fprLimit * negatives;
  let [fp, tp, auroc, apLow, apHigh, f1, iou, auPro] = [0, 0, 0, 0, 0, 0, 0, 0];
  rows((n, p, overlap) => {
    auroc += (n * p) / 2;
    if (fp < limit && n > 0) {
      // Straight to the limit, where the curve may have gone up at once; that it has not gone up yet is nearer.
      const width = Math.min(n, limit - fp);
      auPro += width * overlap * (1 - width / n / 2);
    }
    if (p > 0) {
      // The k-th of the row's anomalous samples has precision of at least (tp + k)/(tp + k + fp + n), with all normal ones
      // before it: 1 − m/(tp + k + m), m = fp + n, summed over k and bounded by the integral of 1/(tp + k + m).
      const m = fp + n;
      apLow += m === 0 ? p : p - m * Math.log1p(p / (tp + m));
      apHigh += p * ((tp + p) / (tp + p + fp));
      f1 = Math.max(f1, (2 * (tp + p)) / (tp + p + fp + positives));
      iou = Math.max(iou, (tp + p) / (fp + positives));
    }
    tp += p;
    fp += n;
  });
  return {
    auroc: auroc / (positives * negatives),
    ap: Math.max(values.ap - apLow / positives, apHigh / positives - values.ap),
    f1Max: f1 - values.f1Max,
    iouMax: iou - values.iouMax,
    auPro: auPro / (limit * regions),
  };
}

function add(sums: Float64Array, at: number, value: number): void {
  sums[at] = (sums[at] as number) + value;
}
