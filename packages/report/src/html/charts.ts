import { escapeHtml } from './escape.js';

/** Okabe and Ito's blue and vermilion: told apart with every kind of colour vision. */
export const NORMAL_COLOUR = '#0072b2';
export const ANOMALOUS_COLOUR = '#d55e00';

/** Inner size of every chart, in SVG units, and the room for labels around it. */
export const PLOT = { width: 320, height: 130, left: 34, top: 8, right: 10, bottom: 22 } as const;

const BINS = 24;

export interface Scores {
  readonly normal: readonly number[];
  readonly anomalous: readonly number[];
}

/** Range all scores lie in; never empty. */
export function scoreRange({ normal, anomalous }: Scores): [number, number] {
  const all = [...normal, ...anomalous];
  const low = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return high > low ? [low, high] : [low - 0.5, low + 0.5];
}

/** Histograms of normal and anomalous scores, normal bars up, anomalous bars down, so that none hides another. */
export function histogram(scores: Scores, label: string): string {
  const [low, high] = scoreRange(scores);
  const counts = (values: readonly number[]) => {
    const bins = Array<number>(BINS).fill(0);
    for (const value of values) {
      const bin = Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    return bins;
  };
  const [up, down] = [counts(scores.normal), counts(scores.anomalous)];
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
  return chart(body, label, [low.toPrecision(3), high.toPrecision(3)], [String(most), String(most)]);
}

/** Receiver operating characteristic: steps through every score, ties as one diagonal. */
export function rocCurve({ normal, anomalous }: Scores, label: string): string {
  const ranked = [
    ...normal.map((score) => ({ score, anomalous: false })),
    ...anomalous.map((score) => ({ score, anomalous: true })),
  ].sort((a, b) => b.score - a.score);
  const points = [`0,${PLOT.height}`];
  let [hits, alarms] = [0, 0];
  ranked.forEach(({ score, anomalous: defective }, i) => {
    if (defective) hits += 1;
    else alarms += 1;
    if (ranked[i + 1]?.score === score) return;
    const x = (alarms / Math.max(1, normal.length)) * PLOT.width;
    const y = (1 - hits / Math.max(1, anomalous.length)) * PLOT.height;
    points.push(`${round(x)},${round(y)}`);
  });
  const body =
    `<line x1="0" y1="${PLOT.height}" x2="${PLOT.width}" y2="0" class="axis" stroke-dasharray="3 3"/>` +
    `<polyline points="${points.join(' ')}" class="curve"/>`;
  return chart(body, label, ['0', '1'], ['1', '0']);
}

/** One loss over the training steps. */
export function lossCurve(
  points: readonly { readonly step: number; readonly value: number }[],
  label: string,
): string {
  const values = points.map(({ value }) => value);
  const [low, high] = scoreRange({ normal: values, anomalous: [] });
  const [first, last] = [points[0]?.step ?? 0, points.at(-1)?.step ?? 1];
  const line = points
    .map(({ step, value }) => {
      const x = ((step - first) / Math.max(1, last - first)) * PLOT.width;
      return `${round(x)},${round((1 - (value - low) / (high - low)) * PLOT.height)}`;
    })
    .join(' ');
  return chart(
    `<polyline points="${line}" class="curve"/>`,
    label,
    [String(first), String(last)],
    [high.toPrecision(3), low.toPrecision(3)],
  );
}

const round = (value: number): string => String(Math.round(value * 100) / 100);

/** Frame, the ends of both axes as text, and the label that screen readers say. */
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
    `<g transform="translate(${PLOT.left} ${PLOT.top})"><rect width="${PLOT.width}" height="${PLOT.height}" class="frame"/>${body}</g></svg>`
  );
}
