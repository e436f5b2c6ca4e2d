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
  /** Good images for people to look at. @defaultValue 0 */
  readonly falseReviews?: number | undefined;
  /** Anomalous images. */
  readonly anomalous: number;
  /** Anomalous images for people to look at. @defaultValue 0 */
  readonly reviewed?: number | undefined;
  /** Anomalous images whose decision is `ok`. */
  readonly misses: number;
  /** Images whose recognised class has no limits; they count nowhere else. */
  readonly undecided: number;
}

/** Decisions on test images at the model's own limits; `decisions` of `metrics.json`. */
export interface Decisions {
  /** False-alarm rate that the limits promise, 0 to 1. */
  readonly alpha: number;
  /** Review rate that the limits promise: alarms and reviews together. Absent without one. */
  readonly reviewAlpha?: number | undefined;
  /** By class name. */
  readonly perClass: Readonly<Record<string, ClassDecisions>>;
}

/**
 * What became of the images of each class, in three columns: ok, review, alarm (an unknown class is stopped as well).
 */
function bandTable({ alpha, reviewAlpha, perClass }: Decisions): string {
  if (reviewAlpha === undefined) return '';
  const rows = Object.entries(perClass).flatMap(([name, decisions]) => {
    const {
      normal,
      falseAlarms,
      falseUnknown,
      falseReviews = 0,
      anomalous,
      misses,
      reviewed = 0,
    } = decisions;
    const safe = escapeHtml(name);
    const row = (label: string, all: number, ok: number, review: number) =>
      [
        `${safe}, ${label}`,
        `${ok} of ${all}`,
        `${review} of ${all}`,
        `${all - ok - review} of ${all}`,
      ] as const;
    return [
      row('good', normal, normal - falseAlarms - falseUnknown - falseReviews, falseReviews),
      row('anomalous', anomalous, misses, reviewed),
    ];
  });
  return `${table('The review band', ['class', 'ok', 'review', 'alarm or unknown class'], rows)}
<p class="note">Promised: at most ${reviewAlpha} of good images are reviewed or raise an alarm for their score, at most ${alpha} raise an alarm.</p>`;
}

/** The decisions of each class, and the rate that the limits promise. */
export function decisionsTable(decisions: Decisions): string {
  const { alpha, perClass } = decisions;
  const share = (part: number, whole: number, ends: readonly [number, number] | undefined) =>
    whole === 0 ? '–' : `${part} of ${whole}${interval(ends)}`;
  const rows = Object.entries(perClass).map(([name, counts]) => [
    escapeHtml(name),
    share(counts.falseAlarms, counts.normal, counts.falseAlarmRate95),
    share(counts.falseUnknown, counts.normal, counts.falseUnknownRate95),
    share(counts.misses, counts.anomalous, undefined),
    String(counts.undecided),
  ]);
  return `<h2 id="decisions">Decisions at the model's thresholds</h2>
${table('Decisions of the model', ['class', 'false alarms', 'good, unknown class', 'defects missed', 'no thresholds'], rows)}
<p class="note">Promised: at most ${alpha} false alarms per good image, and at most ${alpha} unknown-class decisions per good image. Small print: 95 % interval of the rate; the promise is broken only where it lies below the interval.</p>
${bandTable(decisions)}`;
}
