/**
 * Plots of `results.jsonl` for docs/speed.md: one SVG with a field for each quantity of a part, both axes logarithmic. Prints the slopes:
 * 1 is linear growth, 0 none.
 *
 *     pnpm --filter bench growth-plots
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Point {
  readonly part: string;
  readonly x: number;
  readonly [measured: string]: number | string;
}

interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const HERE = dirname(fileURLToPath(import.meta.url));
const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [230, 190, 46, 26, 34];
const X_LABELS: Readonly<Record<string, string>> = {
  classes: 'classes',
  side: 'side of the image, pixels',
  images: 'images',
};

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Slope of the line through the upper half of the points, both axes logarithmic: small ones show what a call costs by itself. */
function slope({ points }: Curve): number {
  const logs = points
    .slice(Math.floor(points.length / 2) - 1)
    .map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const [mx, my] = [mean(logs.map(([x]) => x)), mean(logs.map(([, y]) => y))];
  const over = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

const short = (value: number): string =>
  value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : `${Number(value.toPrecision(2))}`;

/** From values to places, logarithmically. */
function axis(values: readonly number[], from: number, to: number): (value: number) => number {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) => from + ((Math.log(value) - low) / (high - low || 1)) * (to - from);
}

function field(curve: Curve, xLabel: string, left: number): string {
  const { name, points } = curve;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const toX = axis(xs, left + LEFT, left + WIDTH - 14);
  const toY = axis([Math.min(...ys) / 1.3, Math.max(...ys) * 1.3], HEIGHT - BOTTOM, TOP);
  const at = points.map(([x, y]) => [toX(x).toFixed(1), toY(y).toFixed(1)] as const);
  const text = (x: number, y: number, anchor: string, words: string) =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
  const frame = `<path d="M${left + LEFT},${TOP}V${HEIGHT - BOTTOM}H${left + WIDTH - 8}" fill="none" stroke="#888"/>`;
  const line = `<polyline points="${at.map((place) => place.join()).join(' ')}" fill="none" stroke="#2a78c2" stroke-width="1.5"/>`;
  const dots = at.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="2.5" fill="#2a78c2"/>`).join('');
  const ends = [0, points.length - 1];
  const xTicks = ends
    .map((i) => text(toX(xs[i] ?? 1), HEIGHT - BOTTOM + 13, 'middle', short(xs[i] ?? 0)))
    .join('');
  const yTicks = ends
    .map((i) => text(left + LEFT - 4, toY(ys[i] ?? 1) + 4, 'end', short(ys[i] ?? 0)))
    .join('');
  const middle = left + (LEFT + WIDTH) / 2;
  const title = text(middle, 14, 'middle', `${name} · slope ${slope(curve).toFixed(2)}`);
  return [frame, line, dots, xTicks, yTicks, title, text(middle, HEIGHT - 6, 'middle', xLabel)].join('\n');
}

const lines = (await readFile(join(HERE, 'results.jsonl'), 'utf8')).split('\n').filter(Boolean);
const results = lines.map((line) => JSON.parse(line) as Point);
for (const part of new Set(results.map((point) => point.part))) {
  const points = results.filter((point) => point.part === part).sort((a, b) => a.x - b.x);
  const names = Object.keys(points[0] ?? {}).filter((name) => name !== 'part' && name !== 'x');
  const curves = names.map(
    (name): Curve => ({ name, points: points.map((p) => [p.x, Number(p[name])] as const) }),
  );
  const width = WIDTH * curves.length;
  const fields = curves.map((curve, i) => field(curve, X_LABELS[part] ?? part, i * WIDTH));
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" ` +
    'font-family="sans-serif" font-size="11" fill="#666">\n' +
    `<title>${curves.map(({ name }) => name.replace(', ', ' in ')).join(', ')} against ${X_LABELS[part] ?? part}</title>\n` +
    `${fields.join('\n')}\n</svg>\n`;
  await writeFile(join(HERE, `../../docs/figures/growth-${part}.svg`), svg);
  for (const curve of curves) console.log(`${part}: ${curve.name} ${slope(curve).toFixed(2)}`);
}
