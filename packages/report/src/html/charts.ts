import { type ProCurve, rocCurve as rocPoints } from '@mint/metrics';
import { escapeHtml } from './escape.js';

/** Okabe and Ito's blue and vermilion: distinct for every kind of colour vision. */
const NORMAL_COLOUR = '#0072b2';
const ANOMALOUS_COLOUR = '#d55e00';

/** Inner size of every chart, in SVG units, and the room for labels around it. */
export const PLOT = { width: 320, height: 130, left: 34, top: 8, right: 10, bottom: 22 } as const;

const BINS = 24;
/** Largest number of points of a curve: more cannot be distinguished. */
const POINTS = 300;

export interface Scores {
  readonly normal: readonly number[];
  readonly anomalous: readonly number[];
}

/** Range all values lie in; never empty. */
export function rangeOf(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (high > low) return [low, high];
  return high === low ? [low - 0.5, low + 0.5] : [0, 1];
}

/** Histograms of normal and anomalous scores, normal bars up, anomalous bars down, so that none hides another. */
export function histogram({ normal, anomalous }: Scores, label: string): string {
  const [low, high] = rangeOf([...normal, ...anomalous]);
  const counts = (values: readonly number[]) => {
    const bins = Array<number>(BINS).fill(0);
    for (const value of values) {
      const bin = Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    return bins;
  };
  const [up, down] = [counts(normal), counts(anomalous)];
  const most = Math.max(1, ...up, ...down);
  const middle = PLOT.height / 2;
  const width = PLOT.width / BINS;
  const bars = (bins: readonly number[], colour: string, sign: 1 | -1) =>
    bins
      .map((count, i) => {
        const height = (count / most) * (middle - 2);
        const y = sign === 1 ? middle - height : middle;
        return count === 0
          ? ''
          : `<rect x="${round(i * width + 0.5)}" y="${round(y)}" width="${round(width - 1)}" height="${round(height)}" fill="${colour}"/>`;
      })
      .join('');
  const body =
    bars(up, NORMAL_COLOUR, 1) +
    bars(down, ANOMALOUS_COLOUR, -1) +
    `<line x1="0" x2="${PLOT.width}" y1="${middle}" y2="${middle}" class="axis"/>` +
    `<line class="limit" x1="0" x2="0" y1="0" y2="${PLOT.height}"/>`;
  return chart(body, label, [tick(low), tick(high)], [String(most), String(most)]);
}

/** Receiver operating characteristic of image scores. */
export function rocChart({ normal, anomalous }: Scores, label: string): string {
  if (normal.length === 0 || anomalous.length === 0) return '';
  const scores = [...normal, ...anomalous];
  const labels = scores.map((_, i) => Number(i >= normal.length));
  const { fpr, tpr } = rocPoints(scores, labels, { maxPoints: POINTS });
  const diagonal = `<line x1="0" y1="${PLOT.height}" x2="${PLOT.width}" y2="0" class="axis" stroke-dasharray="3 3"/>`;
  return chart(diagonal + line(fpr, tpr, [0, 1], [0, 1]), label, ['0', '1'], ['1', '0']);
}

/** Per-region overlap up to a false-positive rate of `limit`, the part that AUPRO takes. */
export function proChart({ fpr, pro }: Pick<ProCurve, 'fpr' | 'pro'>, limit: number, label: string): string {
  const within = fpr.filter((rate) => rate <= limit).length;
  const [x0 = 0, x1 = limit] = fpr.slice(within - 1, within + 1);
  const [y0 = 0, y1 = y0] = pro.slice(within - 1, within + 1);
  const end = x1 > x0 ? y0 + ((limit - x0) / (x1 - x0)) * (y1 - y0) : y0;
  return chart(
    line([...fpr.slice(0, within), limit], [...pro.slice(0, within), end], [0, limit], [0, 1]),
    label,
    ['0', String(limit)],
    ['1', '0'],
  );
}

/** One value over the training steps, smoothed to at most 300 means. */
export function trainingChart(
  points: readonly { readonly step: number; readonly value: number }[],
  label: string,
): string {
  const size = Math.ceil(points.length / POINTS);
  const groups = Array.from({ length: Math.ceil(points.length / size) }, (_, i) =>
    points.slice(i * size, (i + 1) * size),
  );
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const steps = groups.map((group) => mean(group.map(({ step }) => step)));
  const values = groups.map((group) => mean(group.map(({ value }) => value)));
  const [low, high] = rangeOf(values);
  const [first, last] = [points[0]?.step ?? 0, points.at(-1)?.step ?? 1];
  return chart(
    line(steps, values, rangeOf(steps), [low, high]),
    label,
    [String(first), String(last)],
    [tick(high), tick(low)],
  );
}

/** A number that fits beside an axis. */
const tick = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(1) : value.toPrecision(3);

const round = (value: number): string => String(Math.round(value * 100) / 100);

/** A curve in data units. */
function line(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  [left, right]: readonly [number, number],
  [bottom, top]: readonly [number, number],
): string {
  const points = Array.from(xs, (x, i) => {
    const across = ((x - left) / (right - left)) * PLOT.width;
    return `${round(across)},${round((1 - ((ys[i] as number) - bottom) / (top - bottom)) * PLOT.height)}`;
  });
  return `<polyline points="${points.join(' ')}" class="curve"/>`;
}

/** Frame, the ends of both axes as text, and the label for screen readers. */
function chart(
  body: string,
  label: string,
  [left, right]: readonly [string, string],
  [top, bottom]: readonly [string, string],
): string {
  const width = PLOT.left + PLOT.width + PLOT.right;
  const height = PLOT.top + PLOT.height + PLOT.bottom;
  const text = (x: number, y: number, anchor: string, content: string) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${escapeHtml(content)}</text>`;
  return (
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">` +
    text(PLOT.left, height - 6, 'start', left) +
    text(PLOT.left + PLOT.width, height - 6, 'end', right) +
    text(PLOT.left - 4, PLOT.top + 9, 'end', top) +
    text(PLOT.left - 4, PLOT.top + PLOT.height, 'end', bottom) +
    `<svg x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}"><rect width="${PLOT.width}" height="${PLOT.height}" class="frame"/>${body}</svg></svg>`
  );
}
