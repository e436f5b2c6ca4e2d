import type { ClassMetrics, EvaluationMetrics } from '@mint/metrics';

/** Title and key of every metric, in the order of all tables. */
export const METRIC_COLUMNS = [
  ['image AUROC', 'imageAuroc'],
  ['AP', 'imageAp'],
  ['F1-max', 'imageF1Max'],
  ['pixel AUROC', 'pixelAuroc'],
  ['AP', 'pixelAp'],
  ['F1-max', 'pixelF1Max'],
  ['AUPRO', 'auPro'],
] as const;

/** Class names are folder names; control characters in them must not reach the terminal. */
const printable = (name: string) => name.replaceAll(/\p{C}/gu, '?');

/** How numbers were made, as in `metrics.json`. */
export type Protocol = Readonly<Record<string, string | number | readonly string[]>>;

/**
 * The metrics as a plain-text table: a row for each class, then the class mean and all classes pooled. Three decimals;
 * '–' where a metric is not defined.
 *
 * @param protocol - Printed below the table, because only tables of the same protocol can be compared. Hashes are cut to
 * 12 digits.
 *
 * @example
 * ```ts
 * import { evaluateClasses } from '@mint/metrics';
 * import { metricsTable } from '@mint/report';
 *
 * const images = [0.3, 0.9, 0.7].map((score, i) => ({ className: 'nut', score, anomalous: i === 1 }));
 * console.log(metricsTable(evaluateClasses(images), { seed: 0 }));
 * ```
 */
export function metricsTable(
  { perClass, classMean, pooled }: Pick<EvaluationMetrics, 'perClass' | 'classMean' | 'pooled'>,
  protocol?: Protocol,
): string {
  const cells = (metrics: Partial<ClassMetrics>) =>
    METRIC_COLUMNS.map(([, key]) => metrics[key]?.toFixed(3) ?? '–');
  const row = (name: string, metrics: Partial<ClassMetrics>) => [
    name,
    String(metrics.normal ?? ''),
    String(metrics.anomalous ?? ''),
    ...cells(metrics),
  ];
  const header = ['class', 'good', 'anomalous', ...METRIC_COLUMNS.map(([title]) => title)];
  const rows = Object.entries(perClass).map(([name, metrics]) => row(printable(name), metrics));
  const summary = [row('class mean', classMean), row('pooled', pooled)];
  const widths = header.map((title, i) =>
    Math.max(title.length, ...[...rows, ...summary].map((line) => line[i]?.length ?? 0)),
  );
  const format = (line: readonly string[]) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const table = [format(header), rule, ...rows.map(format), rule, ...summary.map(format)];
  return [...table, ...(protocol === undefined ? [] : [protocolText(protocol)])].join('\n');
}

function protocolText(protocol: Protocol): string {
  const short = (value: Protocol[string]) =>
    Array.isArray(value) ? value.join('; ') : String(value).replace(/^([0-9a-f]{12})[0-9a-f]{52}$/, '$1');
  return Object.entries(protocol)
    .map(([key, value]) => printable(`${key}: ${short(value)}`))
    .join(' | ');
}
