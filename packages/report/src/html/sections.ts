import { trainingChart } from './charts.js';
import { escapeHtml } from './escape.js';
import { imageFigure } from './images.js';
import type { ReportData, ReportImage, TrainingPoint } from './report-data.js';
import { table } from './tables.js';

/** Links to the sections. */
export function contents(classes: readonly string[]): string {
  const links = classes.map((name, i) => `<a href="#class-${i}">${escapeHtml(name)}</a>`);
  return `<nav aria-label="Contents"><a href="#metrics">Metrics</a> ${links.join(' ')} <a href="#protocol">How these numbers were made</a></nav>`;
}

/** How often the images of each class were recognised as each class; empty for a detector that knows no classes. */
export function confusion(classes: readonly string[], images: readonly ReportImage[]): string {
  if (images.every(({ predictedClass }) => predictedClass === undefined)) return '';
  const recognised = ({ predictedClass, unknownClass }: ReportImage) =>
    unknownClass ? 'unknown class' : predictedClass;
  const count = (name: string, column: string) =>
    images.filter((p) => p.className === name && recognised(p) === column).length;
  // The recognised class may have no test images.
  const seen = images.flatMap((image) => recognised(image) ?? []);
  const columns = [...new Set([...classes, ...seen])].sort(
    (a, b) => Number(a === 'unknown class') - Number(b === 'unknown class'),
  );
  const rows = classes.map((name) => [
    escapeHtml(name),
    ...columns.map((column) => String(count(name, column))),
  ]);
  return `<h2>Classes</h2><p class="note">Rows: the class that the image shows. Columns: the recognised class.</p>
${table('Class confusion', ['', ...columns.map(escapeHtml)], rows)}`;
}

/** Training images that look unlike their class, the furthest out first. */
export function suspectsList(suspects: readonly ReportImage[]): string {
  if (suspects.length === 0) return '';
  const items = suspects.map(({ id, className, panels, note = '' }) =>
    panels === undefined
      ? `<li>${escapeHtml(`${className}: ${id}; ${note}`)}</li>`
      : imageFigure(`${className}: ${id}`, panels, note),
  );
  return `<h2>Suspects</h2><p class="note">Training images that were given as good and look unlike their class. The statistics of the model, or its limits, do without them. Is there a defect, or another class?</p>
<ul class="images">${items.join('')}</ul>`;
}

const LOSSES = [
  ['loss', 'whole loss'],
  ['mse', 'L_MSE, reconstruction'],
  ['ce', 'L_CE, classes'],
  ['prior', 'L_Prior'],
] as const;

/** A chart of each loss that was logged at least twice. */
export function trainingCurves(points: readonly TrainingPoint[]): string {
  const charts = LOSSES.flatMap(([key, name]) => {
    const values = points.flatMap(({ step, [key]: value }) => (value === undefined ? [] : [{ step, value }]));
    return values.length < 2
      ? []
      : [
          `<figure>${trainingChart(values, `Training: ${name}`)}<figcaption>${name}, by step</figcaption></figure>`,
        ];
  });
  return charts.length === 0 ? '' : `<h2>Training</h2><div class="charts">${charts.join('')}</div>`;
}

/** The protocol, entry by entry. */
export function protocolList({ protocol }: ReportData): string {
  const entries = Object.entries(protocol).map(
    ([key, value]) =>
      `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(Array.isArray(value) ? value.join('; ') : String(value))}</dd>`,
  );
  return `<h2 id="protocol">How these numbers were made</h2><dl>${entries.join('')}</dl>`;
}
