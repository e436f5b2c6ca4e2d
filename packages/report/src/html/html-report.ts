import { own } from '@mint/internal';
import { PLOT } from './charts.js';
import { classSection, rangeOfScores, scoresOf } from './class-section.js';
import { escapeHtml, scriptJson } from './escape.js';
import { PAGE_SCRIPT, PAGE_SCRIPT_SHA256 } from './page-script.js';
import { PAGE_STYLE } from './page-style.js';
import type { ReportData } from './report-data.js';
import { confusion, contents, protocolList, suspectsList, trainingCurves } from './sections.js';
import { decisionsTable, metricsSummary } from './tables.js';
import { embeddedImages } from './worst-images.js';

/**
 * One HTML file that opens from disk and needs no network: metrics with intervals, decisions at the model's limits; for each
 * class score histograms, ROC, PRO, a movable alarm limit, the price of a miss, and the images with the worst scores; class
 * confusion, training curves, protocol. All text is escaped. Embedded images take at most 10 MB, the worst of every class first.
 *
 * @example
 * ```ts
 * import { evaluateClasses } from '@mint/metrics';
 * import { htmlReport, worstImages } from '@mint/report';
 *
 * const images = [
 *   { id: 'nut/test/good/000', className: 'nut', label: 'normal', score: 0.3 },
 *   { id: 'nut/test/good/001', className: 'nut', label: 'normal', score: 0.7 },
 *   { id: 'nut/test/hole/000', className: 'nut', label: 'anomalous', score: 0.9 },
 * ] as const;
 * const metrics = evaluateClasses(
 *   images.map(({ className, label, score }) => ({ className, score, anomalous: label === 'anomalous' })),
 * );
 * const html = htmlReport({ title: 'Nuts', metrics, protocol: { seed: 0 }, images, limits: { nut: 0.8 } });
 * console.log(html.startsWith('<!doctype html>')); // true
 * console.log(worstImages(images, 'nut', 'normal').map(({ score }) => score)); // [ 0.7, 0.3 ]
 * ```
 */
export function htmlReport(data: ReportData): string {
  const { title, metrics, images, limits = {}, decisions = data.outcomes } = data;
  const classes = Object.keys(metrics.perClass).map((name) => ({ name, scores: scoresOf(images, name) }));
  const names = classes.map(({ name }) => name);
  const shown = embeddedImages(names, images);
  const json = {
    width: PLOT.width,
    classes: classes.map(({ name, scores }) => {
      const range = rangeOfScores(scores);
      return { ...scores, range, limit: own(limits, name) ?? range[1] };
    }),
  };
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${PAGE_SCRIPT_SHA256}'">`,
    `<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style></head><body><main>`,
    `<h1>${escapeHtml(title)}</h1>`,
    contents(names),
    `<h2 id="metrics">Metrics</h2>${metricsSummary(metrics)}`,
    decisions === undefined ? '' : decisionsTable(decisions),
    ...classes.map(({ name, scores }, i) => classSection(name, i, scores, data, shown)),
    confusion(names, images),
    suspectsList(data.suspects ?? []),
    trainingCurves(data.training ?? []),
    protocolList(data),
    `</main><script type="application/json" id="scores">${scriptJson(json)}</script>`,
    `<script>${PAGE_SCRIPT}</script></body></html>`,
  ].join('\n');
}
