import type { RgbImage } from '@mint/image';
import type { Seen } from './seen.js';

/** Mean colour and contrast of an image, and whether it is gray with two values only. */
export function statisticsOf({
  width,
  height,
  data,
}: RgbImage): Required<Pick<Seen, 'statistics' | 'isTwoValued'>> {
  const sums = [0, 0, 0];
  let squares = 0;
  const values = new Set<number>();
  let isGray = true;
  for (let at = 0; at < data.length; at += 3) {
    const [r, g, b] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
    sums[0] = (sums[0] ?? 0) + r;
    sums[1] = (sums[1] ?? 0) + g;
    sums[2] = (sums[2] ?? 0) + b;
    squares += ((r + g + b) / 3) ** 2;
    isGray &&= r === g && g === b;
    if (isGray && values.size < 3) values.add(r);
  }
  const count = width * height;
  const means = sums.map((sum) => sum / count);
  const mean = means.reduce((a, b) => a + b, 0) / 3;
  const deviation = Math.sqrt(Math.max(0, squares / count - mean ** 2));
  return { statistics: [...means, deviation], isTwoValued: isGray && values.size === 2 };
}

/** With fewer images nothing can be said about the rest of the class. */
const FEWEST = 8;
/** Spread, in levels of 255, below which images count as alike. */
const LEAST_SPREAD = 3;
/** So many times the spread of the class is far. */
const FAR = 10;

/** Those whose mean colour or contrast is far from that of the others, by median and median deviation. */
export function outliers(group: readonly Seen[]): Seen[] {
  const rows = group.flatMap(({ statistics }) => (statistics === undefined ? [] : [statistics]));
  if (rows.length < FEWEST) return [];
  const spreads = spreadsOf(rows);
  return group.filter(({ statistics }) =>
    statistics?.some((value, i) => {
      const { middle = 0, spread = 1 } = spreads[i] ?? {};
      return Math.abs(value - middle) > FAR * spread;
    }),
  );
}

/** So many times the spread of both is near. */
const NEAR = 3;

/** Whether two groups are alike in mean colour and contrast. */
export function isLikeIn(a: readonly Seen[], b: readonly Seen[]): boolean {
  const [left, right] = [a, b].map((group) =>
    spreadsOf(group.flatMap((one) => (one.statistics ? [one.statistics] : []))),
  );
  return (left ?? []).every(({ middle, spread }, i) => {
    const other = right?.[i];
    return other !== undefined && Math.abs(middle - other.middle) <= NEAR * Math.max(spread, other.spread);
  });
}

/** Median and median deviation of each column. */
function spreadsOf(rows: readonly (readonly number[])[]): { middle: number; spread: number }[] {
  return (rows[0] ?? []).map((_, i) => {
    const column = rows.map((row) => row[i] ?? 0);
    const middle = median(column);
    const spread = 1.4826 * median(column.map((value) => Math.abs(value - middle)));
    return { middle, spread: Math.max(LEAST_SPREAD, spread) };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
