import type { EvaluationMetrics, ProCurve } from '@mint/metrics';
import { histogram, PLOT, proChart, rangeOf, rocChart, type Scores, trainingChart } from './html/charts.js';
import { escapeHtml, scriptJson } from './html/escape.js';
import { imageFigure, panelBytes } from './html/images.js';
import { PAGE_SCRIPT, PAGE_SCRIPT_SHA256 } from './html/page-script.js';
import { PAGE_STYLE } from './html/page-style.js';
import { metricsSummary, type Outcomes, outcomesTable, table } from './html/tables.js';
import type { Manifest } from './metrics-table.js';
import type { ImagePanels } from './panels.js';

/** One scored test image. */
export interface ReportImage {
  /** Unique and short; its title. */
  readonly id: string;
  /** The class it shows. */
  readonly className: string;
  /** Whether it is good. */
  readonly label: 'normal' | 'anomalous';
  /** Image score; larger is more anomalous. */
  readonly score: number;
  /** The class the detector took it for; absent when it knows no classes. */
  readonly predictedClass?: string;
  /** Whether the detector found it too strange for that class. */
  readonly unknownClass?: boolean;
  /** Shown when the image is among the worst of its class; see `imagePanels`. */
  readonly panels?: ImagePanels;
}

/** One step of training: its number and any of its losses. */
export type TrainingPoint = Readonly<
  Record<'step', number> & Partial<Record<'loss' | 'mse' | 'ce' | 'prior', number>>
>;

/** What {@link htmlReport} shows. */
export interface ReportData {
  /** Heading, and title of the page. */
  readonly title: string;
  /** From `evaluateClasses` of `@mint/metrics`; its classes are the report's, in that order. */
  readonly metrics: Pick<EvaluationMetrics, 'perClass' | 'classMean' | 'pooled'>;
  /** How the numbers came about, as in `metrics.json`. */
  readonly protocol: Manifest;
  /** All test images. */
  readonly images: readonly ReportImage[];
  /** False-alarm rate that the limits promise, 0 to 1. */
  readonly alpha?: number;
  /** Alarm limits of image scores by class. Default: the highest score of a class. */
  readonly limits?: Readonly<Record<string, number>>;
  /** What came of the limits on these images. */
  readonly outcomes?: Outcomes;
  /** Per-region overlap over the false-positive rate, by class; see `proCurve` of `@mint/metrics`. */
  readonly proCurves?: Readonly<Record<string, Pick<ProCurve, 'fpr' | 'pro'>>>;
  /** Steps of the training run, in order. Default: no training curves. */
  readonly training?: readonly TrainingPoint[];
}

/** Bytes of all embedded images; base64 makes a third more of them. */
const IMAGE_BYTES = 10_000_000;
/** Worst misses and worst false alarms shown of a class. */
const WORST = 6;
/** Part of the PRO curve that is drawn: what AUPRO integrates by default. */
const PRO_LIMIT = 0.3;

/**
 * One HTML file that opens from the disk with no network: metrics with intervals, outcome of the limits, and for each class score
 * histograms, ROC, PRO, a movable alarm limit, the price of a miss, and the images that were judged worst; class confusion,
 * training curves, manifest. Every text is escaped. Embedded images take at most 10 MB, the worst of every class first.
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
  const { title, metrics, images, limits = {}, outcomes } = data;
  const classes = Object.keys(metrics.perClass);
  const scores = classes.map((name) => scoresOf(images, name));
  const shown = embedded(classes, images);
  const json = {
    width: PLOT.width,
    classes: classes.map((name, i) => {
      const range = rangeOfScores(scores[i] as Scores);
      return { ...scores[i], range, limit: limits[name] ?? range[1] };
    }),
  };
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${PAGE_SCRIPT_SHA256}'">`,
    `<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style></head><body><main>`,
    `<h1>${escapeHtml(title)}</h1>`,
    contents(classes),
    `<h2 id="metrics">Metrics</h2>${metricsSummary(metrics)}`,
    outcomes === undefined ? '' : outcomesTable(outcomes),
    ...classes.map((name, i) => classSection(name, i, scores[i] as Scores, data, shown)),
    confusion(classes, images),
    trainingCurves(data.training ?? []),
    manifest(data),
    `</main><script type="application/json" id="scores">${scriptJson(json)}</script>`,
    `<script>${PAGE_SCRIPT}</script></body></html>`,
  ].join('\n');
}

const rangeOfScores = ({ normal, anomalous }: Scores) => rangeOf([...normal, ...anomalous]);

function scoresOf(images: readonly ReportImage[], className: string): Scores {
  const of = (label: ReportImage['label']) =>
    images.filter((p) => p.className === className && p.label === label).map(({ score }) => score);
  return { normal: of('normal'), anomalous: of('anomalous') };
}

/**
 * The images of a class that were judged worst, at most 6, the worst first.
 *
 * See the example of {@link htmlReport}.
 *
 * @param label - `anomalous`: misses, the lowest scores. `normal`: false alarms, the highest.
 */
export function worstImages<T extends Pick<ReportImage, 'className' | 'label' | 'score'>>(
  images: readonly T[],
  className: string,
  label: ReportImage['label'],
): T[] {
  const sign = label === 'normal' ? -1 : 1;
  return images
    .filter((p) => p.className === className && p.label === label)
    .sort((a, b) => sign * (a.score - b.score))
    .slice(0, WORST);
}

/** Which images' panels go in: rank by rank over the classes, until the bytes are used up. */
function embedded(classes: readonly string[], images: readonly ReportImage[]): Set<ReportImage> {
  const lists = classes.flatMap((name) => [
    worstImages(images, name, 'anomalous'),
    worstImages(images, name, 'normal'),
  ]);
  const chosen = new Set<ReportImage>();
  let bytes = 0;
  for (let rank = 0; rank < WORST; rank++) {
    for (const image of lists.flatMap((list) => list.slice(rank, rank + 1))) {
      const size = image.panels === undefined ? 0 : panelBytes(image.panels);
      if (size === 0 || bytes + size > IMAGE_BYTES) continue;
      bytes += size;
      chosen.add(image);
    }
  }
  return chosen;
}

function contents(classes: readonly string[]): string {
  const links = classes.map((name, i) => `<a href="#class-${i}">${escapeHtml(name)}</a>`);
  return `<nav aria-label="Contents"><a href="#metrics">Metrics</a> ${links.join(' ')} <a href="#manifest">How the numbers came about</a></nav>`;
}

function classSection(
  name: string,
  index: number,
  scores: Scores,
  { images, alpha, limits, proCurves }: ReportData,
  shown: ReadonlySet<ReportImage>,
): string {
  const safe = escapeHtml(name);
  const [low, high] = rangeOfScores(scores);
  // A little beyond the scores: a slider keeps few digits, and at its ends all or none shall be an alarm.
  const beyond = (high - low) / 1000;
  const limit = limits?.[name];
  const promise =
    limit === undefined
      ? 'no alarm limit: too few held-out good images for the false-alarm rate asked for'
      : `alarm limit ${limit.toPrecision(4)}, for at most ${alpha} false alarms a good image`;
  const range = (part: string, label: string, attributes: string) =>
    `<label for="${part}-${index}">${label}</label><input type="range" id="${part}-${index}" data-part="${part}" ${attributes}><output data-part="${part}-value" for="${part}-${index}"></output>`;
  const gallery = (label: ReportImage['label'], heading: string) => {
    const list = worstImages(images, name, label).flatMap((image) =>
      image.panels !== undefined && shown.has(image)
        ? [imageFigure(`${image.id}, score ${image.score.toPrecision(4)}`, image.panels)]
        : [],
    );
    return list.length === 0 ? '' : `<h3>${heading}</h3><ul class="images">${list.join('')}</ul>`;
  };
  const figure = (chart: string, caption: string) =>
    chart === '' ? '' : `<figure>${chart}<figcaption>${caption}</figcaption></figure>`;
  const pro = proCurves?.[name];
  const cell = (part: string) => `<span data-part="${part}"></span>`;
  return `<section data-class="${index}"><h2 id="class-${index}">${safe}</h2>
<div class="charts">${figure(histogram(scores, `Scores of ${name}`), 'Scores: <span class="normal">good upwards</span>, <span class="anomalous">defective downwards</span>; dashed: alarm limit')}
${figure(rocChart(scores, `ROC curve of ${name}`), 'ROC: share of defects found, over share of false alarms')}
${figure(pro === undefined ? '' : proChart(pro, PRO_LIMIT, `PRO curve of ${name}`), `PRO: share of each defect's area found, over share of good pixels marked, to ${PRO_LIMIT}`)}</div>
<div class="controls">${range('limit', 'alarm limit', `min="${low - beyond}" max="${high + beyond}" step="any"`)}${range('price', 'price of a miss', 'min="1" max="100" step="1" value="1"')}</div>
<p><button type="button" data-part="reset">back to the model's limit</button></p>
${table(
  `Decisions on ${name}`,
  ['test images', 'alarm', 'no alarm'],
  [
    ['defective', cell('hits'), cell('misses')],
    ['good', cell('alarms'), cell('quiet')],
  ],
)}
<p>Defects found <output data-part="recall"></output>, false-alarm rate <output data-part="false-alarm-rate"></output>, F1 <output data-part="f1"></output>, cost <output data-part="cost"></output> false alarms.</p>
<p class="note">The model has ${promise}. Moving the limit here shows what it would do on these test images; the price of a miss, in false alarms, moves it to where they would cost least. Set limits with <code>mint calibrate</code>, which never looks at test images.</p>
${gallery('anomalous', 'Defective images with the lowest scores')}${gallery('normal', 'Good images with the highest scores')}</section>`;
}

function confusion(classes: readonly string[], images: readonly ReportImage[]): string {
  if (images.every(({ predictedClass }) => predictedClass === undefined)) return '';
  const takenFor = ({ predictedClass, unknownClass }: ReportImage) =>
    unknownClass ? 'unknown class' : predictedClass;
  const count = (name: string, taken: string) =>
    images.filter((p) => p.className === name && takenFor(p) === taken).length;
  // An image may be taken for a class that has no test images.
  const seen = images.flatMap((image) => takenFor(image) ?? []);
  const columns = [...new Set([...classes, ...seen])].sort(
    (a, b) => Number(a === 'unknown class') - Number(b === 'unknown class'),
  );
  const rows = classes.map((name) => [
    escapeHtml(name),
    ...columns.map((taken) => String(count(name, taken))),
  ]);
  return `<h2>Classes</h2><p class="note">Rows: what the image shows. Columns: what it was taken for.</p>
${table('Class confusion', ['', ...columns.map(escapeHtml)], rows)}`;
}

const LOSSES = [
  ['loss', 'whole loss'],
  ['mse', 'L_MSE, reconstruction'],
  ['ce', 'L_CE, classes'],
  ['prior', 'L_Prior'],
] as const;

function trainingCurves(points: readonly TrainingPoint[]): string {
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

function manifest({ protocol }: ReportData): string {
  const entries = Object.entries(protocol).map(
    ([key, value]) =>
      `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(Array.isArray(value) ? value.join('; ') : String(value))}</dd>`,
  );
  return `<h2 id="manifest">How the numbers came about</h2><dl>${entries.join('')}</dl>`;
}
