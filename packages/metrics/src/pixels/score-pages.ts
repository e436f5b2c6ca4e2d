import { type Bins, type Rows, rowsOfBins } from '../scores/ranking.js';
import { flipBits, type SortedScores } from '../scores/sort-scores.js';
import type { PixelMetrics } from './pixel-metrics.js';
import type { RankedPixels } from './rank-pixels.js';

/** Leading bits of a float32 that tell bins apart: sign, exponent, 15 of 23 bits of the fraction. */
const BIN_BITS = 24;
const BELOW_BIN = 32 - BIN_BITS;
/** Bins lie on pages, which exist once a score falls on them. */
const PAGE_BITS = 12;
const PAGE = 2 ** PAGE_BITS;

/** Scores of both kinds of pixels. The payload is the number of the region, its position in `shares`. */
export interface RegionScores extends SortedScores<Float32Array> {
  /** The share that one pixel has of its region. */
  readonly shares: Float64Array;
}

/** Counts of pixels in bins of nearly equal float32 scores. */
export class ScorePages {
  /** All pages there can be, in order. */
  readonly #pages = Array<Bins | undefined>(2 ** (BIN_BITS - PAGE_BITS)).fill(undefined);

  add({ negatives, positives, payload, shares }: RegionScores): void {
    const bitsOf = (scores: Float32Array) => new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
    const [ofNegatives, ofPositives] = [bitsOf(negatives), bitsOf(positives)];
    for (let i = 0; i < ofNegatives.length; i++) {
      const bin = flipBits(ofNegatives[i] as number) >>> BELOW_BIN;
      add(this.#page(bin >>> PAGE_BITS).negatives, bin & (PAGE - 1), 1);
    }
    for (let i = 0; i < ofPositives.length; i++) {
      const bin = flipBits(ofPositives[i] as number) >>> BELOW_BIN;
      const page = this.#page(bin >>> PAGE_BITS);
      add(page.positives, bin & (PAGE - 1), 1);
      add(page.overlap, bin & (PAGE - 1), shares[payload[i] as number] as number);
    }
  }

  merge(other: ScorePages): void {
    other.#pages.forEach((page, number) => {
      if (page === undefined) return;
      const own = this.#page(number);
      for (let i = 0; i < PAGE; i++) {
        add(own.negatives, i, page.negatives[i] as number);
        add(own.positives, i, page.positives[i] as number);
        add(own.overlap, i, page.overlap[i] as number);
      }
    });
  }

  /** A row for each bin, from the highest scores down. */
  rows(): Rows {
    return (visit) => {
      this.#pages.forEach((page, number) => {
        if (page !== undefined) rowsOfBins(page, (bin) => lowestScore(number * PAGE + bin))(visit);
      });
    };
  }

  #page(number: number): Bins {
    this.#pages[number] ??= {
      negatives: new Float64Array(PAGE),
      positives: new Float64Array(PAGE),
      overlap: new Float64Array(PAGE),
    };
    return this.#pages[number];
  }
}

/** The lowest float32 of a bin. */
function lowestScore(bin: number): number {
  const bits = flipBits(((bin << BELOW_BIN) | (2 ** BELOW_BIN - 1)) >>> 0);
  const score = new Float32Array(Uint32Array.of(bits).buffer)[0] as number;
  // Below −Infinity there are only bits of NaNs.
  return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
}

/**
 * How far the metrics can move when the samples of each row are put in any order, ties or not. The curves run from one
 * corner of the row's rectangle to the other, and nowhere outside it.
 */
export function binningErrors(
  { rows, negatives, positives, regions }: RankedPixels,
  values: Pick<PixelMetrics, 'ap' | 'f1Max' | 'iouMax'>,
  fprLimit: number,
): Record<'auroc' | 'ap' | 'f1Max' | 'iouMax' | 'auPro', number> {
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
