import type { ClassMetrics, EvaluationMetrics } from '@mint/metrics';
import { METRIC_COLUMNS } from '../metrics-table.js';
import { escapeHtml } from './escape.js';

/** A table that scrolls by itself where it is too wide; the first column names the rows. */
export function table(label: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const [corner = '', ...columns] = head;
  const first = corner === '' ? '<td></td>' : `<th scope="col">${corner}</th>`;
  const body = rows.map(
    ([name = '', ...cells]) =>
      `<tr><th scope="row">${name}</th>${cells.map((c) => `<td>${c}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table><thead><tr>${first}${columns
    .map((name) => `<th scope="col">${name}</th>`)
    .join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** `0.62–0.81`, small print under a number. */
const interval = (ends: readonly [number, number] | undefined, digits = 2): string =>
  ends === undefined ? '' : `<small>${ends.map((end) => end.toFixed(digits)).join('–')}</small>`;

/** Metrics of every class, of their mean and of all images pooled, each above its 95 % interval. */
export function metricsSummary({
  perClass,
  classMean,
  pooled,
}: Pick<EvaluationMetrics, 'perClass' | 'classMean' | 'pooled'>): string {
  const row = (name: string, metrics: Partial<ClassMetrics>) => [
    escapeHtml(name),
    String(metrics.normal ?? ''),
    String(metrics.anomalous ?? ''),
    ...METRIC_COLUMNS.map(([, key]) =>
      metrics[key] === undefined ? '–' : `${metrics[key].toFixed(3)}${interval(metrics.intervals?.[key])}`,
    ),
  ];
  return `${table(
    'Metrics',
    ['class', 'good', 'defective', ...METRIC_COLUMNS.map(([name]) => name)],
    [
      ...Object.entries(perClass).map(([name, metrics]) => row(name, metrics)),
      row('class mean', classMean),
      row('pooled', pooled),
    ],
  )}
<p class="note">Small print: 95 % intervals over the choice of test images. Pooled: one limit for all classes together, as on a mixed line. – : not defined, for want of images or masks.</p>`;
}

/** How the model's own limits did on the test images of a class. */
export interface ClassOutcome {
  /** Good images. */
  readonly normal: number;
  /** Good images that raised an alarm. */
  readonly falseAlarms: number;
  /** Good images that were said to be of an unknown class. */
  readonly falseUnknown: number;
  /** 95 % interval of `falseAlarms / normal`, each end 0 to 1. */
  readonly falseAlarmRate95?: readonly [number, number];
  /** 95 % interval of `falseUnknown / normal`, each end 0 to 1. */
  readonly falseUnknownRate95?: readonly [number, number];
  /** Defective images. */
  readonly anomalous: number;
  /** Defective images that passed as good. */
  readonly misses: number;
  /** Images taken for a class without limits; they count nowhere else. */
  readonly undecided: number;
}

/** How the model's own limits did on test images; `decisions` of `metrics.json`. */
export interface Outcomes {
  /** False-alarm rate that the limits promise, 0 to 1. */
  readonly alpha: number;
  /** What came of it, by class. */
  readonly perClass: Readonly<Record<string, ClassOutcome>>;
}

/** The promise of the limits, and what came of it. */
export function outcomesTable({ alpha, perClass }: Outcomes): string {
  const share = (part: number, whole: number, ends: readonly [number, number] | undefined) =>
    whole === 0 ? '–' : `${part} of ${whole}${interval(ends)}`;
  const rows = Object.entries(perClass).map(([name, o]) => [
    escapeHtml(name),
    share(o.falseAlarms, o.normal, o.falseAlarmRate95),
    share(o.falseUnknown, o.normal, o.falseUnknownRate95),
    share(o.misses, o.anomalous, undefined),
    String(o.undecided),
  ]);
  return `<h2 id="decisions">Decisions at the model's limits</h2>
${table('Decisions of the model', ['class', 'false alarms', 'good, called unknown', 'defects missed', 'no limit'], rows)}
<p class="note">Promised: at most ${alpha} false alarms a good image, and as many called unknown. Small print: 95 % interval of the rate; the promise is kept where it does not lie below the interval.</p>`;
}
