import type { ClassMetrics, EvaluationMetrics } from '@mint/metrics';
import { METRIC_COLUMNS } from '../metrics-table.js';
import { escapeHtml } from './escape.js';

/** A table that scrolls where it is too wide; the first column names the rows. */
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
    ['class', 'good', 'anomalous', ...METRIC_COLUMNS.map(([name]) => name)],
    [
      ...Object.entries(perClass).map(([name, metrics]) => row(name, metrics)),
      row('class mean', classMean),
      row('pooled', pooled),
    ],
  )}
<p class="note">Small print: 95 % intervals over the choice of test images. Pooled: one threshold for all classes together, as on a mixed line. –: not defined, because images or masks are missing.</p>`;
}

/** Decisions on the test images of a class at the model's own limits. */
export interface ClassDecisions {
  /** Good images. */
  readonly normal: number;
  /** Good images that raised an alarm. */
  readonly falseAlarms: number;
  /** Good images whose decision is `unknown class`. */
  readonly falseUnknown: number;
  /** 95 % interval of `falseAlarms / normal`, each end 0 to 1. */
  readonly falseAlarmRate95?: readonly [number, number] | undefined;
  /** 95 % interval of `falseUnknown / normal`, each end 0 to 1. */
  readonly falseUnknownRate95?: readonly [number, number] | undefined;
  /** Anomalous images. */
  readonly anomalous: number;
  /** Anomalous images without an alarm. */
  readonly misses: number;
  /** Images whose recognised class has no limits; they count nowhere else. */
  readonly undecided: number;
}

/** Decisions on test images at the model's own limits; `decisions` of `metrics.json`. */
export interface Decisions {
  /** False-alarm rate that the limits promise, 0 to 1. */
  readonly alpha: number;
  /** By class name. */
  readonly perClass: Readonly<Record<string, ClassDecisions>>;
}

/** The decisions of each class, and the rate that the limits promise. */
export function decisionsTable({ alpha, perClass }: Decisions): string {
  const share = (part: number, whole: number, ends: readonly [number, number] | undefined) =>
    whole === 0 ? '–' : `${part} of ${whole}${interval(ends)}`;
  const rows = Object.entries(perClass).map(([name, decisions]) => [
    escapeHtml(name),
    share(decisions.falseAlarms, decisions.normal, decisions.falseAlarmRate95),
    share(decisions.falseUnknown, decisions.normal, decisions.falseUnknownRate95),
    share(decisions.misses, decisions.anomalous, undefined),
    String(decisions.undecided),
  ]);
  return `<h2 id="decisions">Decisions at the model's thresholds</h2>
${table('Decisions of the model', ['class', 'false alarms', 'good, unknown class', 'defects missed', 'no thresholds'], rows)}
<p class="note">Promised: at most ${alpha} false alarms per good image, and at most ${alpha} unknown-class decisions per good image. Small print: 95 % interval of the rate; the promise is broken only where it lies below the interval.</p>`;
}
