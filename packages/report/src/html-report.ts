import type { ClassMetrics, EvaluationMetrics } from '@mint/metrics';
import { histogram, lossCurve, PLOT, rocCurve, type Scores, scoreRange } from './html/charts.js';
import { escapeHtml, scriptJson } from './html/escape.js';
import { PAGE_SCRIPT, PAGE_SCRIPT_SHA256 } from './html/page-script.js';
import { PAGE_STYLE } from './html/page-style.js';
import { METRIC_COLUMNS } from './metrics-table.js';

/** One scored test picture. */
export interface ReportPicture {
  readonly id: string;
  readonly className: string;
  readonly label: 'normal' | 'anomalous';
  readonly score: number;
  /** The class the detector took it for; absent when it knows no classes. */
  readonly predictedClass?: string;
  /** PNG shown when the picture is among the worst of its class; see `overlayPng`. */
  readonly overlay?: Uint8Array;
}

export interface ReportData {
  readonly title: string;
  readonly metrics: EvaluationMetrics;
  /** How the numbers came about, as in `metrics.json`. */
  readonly protocol: Readonly<Record<string, string | number | readonly string[]>>;
  readonly pictures: readonly ReportPicture[];
  /** False-alarm rate the limits promise, and the limits of image scores by class. */
  readonly alpha?: number;
  readonly limits?: Readonly<Record<string, number>>;
  /** L_MSE by training step. */
  readonly training?: readonly { readonly step: number; readonly value: number }[];
}

/** Bytes of all embedded pictures; base64 makes a third more of them. */
const PICTURE_BYTES = 10_000_000;
/** Worst misses and worst false alarms shown of a class. */
const WORST = 6;

/**
 * One HTML file that opens from the disk with no network: metrics, score histograms and ROC of each class with a
 * movable alarm limit and the price of a miss, the pictures that were judged worst, class confusion, training curve,
 * manifest. Every text is escaped. Embedded pictures take at most 10 MB, the worst of every class first.
 */
export function htmlReport(data: ReportData): string {
  const { title, metrics, pictures, limits = {} } = data;
  const classes = Object.keys(metrics.perClass);
  const scores = classes.map((name) => scoresOf(pictures, name));
  const shown = embedded(classes, pictures);
  const json = {
    width: PLOT.width,
    classes: classes.map((name, i) => {
      const range = scoreRange(scores[i] as Scores);
      return { ...scores[i], range, limit: limits[name] ?? range[1] };
    }),
  };
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${PAGE_SCRIPT_SHA256}'">`,
    `<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style></head><body><main>`,
    `<h1>${escapeHtml(title)}</h1>`,
    summary(metrics),
    ...classes.map((name, i) => classSection(name, i, scores[i] as Scores, data, shown)),
    confusion(classes, pictures),
    trainingCurve(data.training),
    manifest(data),
    `</main><script type="application/json" id="scores">${scriptJson(json)}</script>`,
    `<script>${PAGE_SCRIPT}</script></body></html>`,
  ].join('\n');
}

function scoresOf(pictures: readonly ReportPicture[], className: string): Scores {
  const of = (label: ReportPicture['label']) =>
    pictures.filter((p) => p.className === className && p.label === label).map(({ score }) => score);
  return { normal: of('normal'), anomalous: of('anomalous') };
}

/** Misses are defective pictures with the lowest scores, false alarms good ones with the highest. */
export function worstPictures<T extends Pick<ReportPicture, 'className' | 'label' | 'score'>>(
  pictures: readonly T[],
  className: string,
  label: ReportPicture['label'],
): T[] {
  const sign = label === 'normal' ? -1 : 1;
  return pictures
    .filter((p) => p.className === className && p.label === label)
    .sort((a, b) => sign * (a.score - b.score))
    .slice(0, WORST);
}

/** Which pictures' overlays go in: rank by rank over the classes, until the bytes are used up. */
function embedded(classes: readonly string[], pictures: readonly ReportPicture[]): Set<ReportPicture> {
  const lists = classes.flatMap((name) => [
    worstPictures(pictures, name, 'anomalous'),
    worstPictures(pictures, name, 'normal'),
  ]);
  const chosen = new Set<ReportPicture>();
  let bytes = 0;
  for (let rank = 0; rank < WORST; rank++) {
    for (const picture of lists.flatMap((list) => list.slice(rank, rank + 1))) {
      const size = picture.overlay?.length ?? 0;
      if (size === 0 || bytes + size > PICTURE_BYTES) continue;
      bytes += size;
      chosen.add(picture);
    }
  }
  return chosen;
}

function summary({ perClass, classMean, pooled }: EvaluationMetrics): string {
  const row = (name: string, metrics: Partial<ClassMetrics>) =>
    `<tr><td>${escapeHtml(name)}</td><td>${metrics.normal ?? ''}</td><td>${metrics.anomalous ?? ''}</td>${METRIC_COLUMNS.map(
      ([, key]) => `<td>${metrics[key]?.toFixed(3) ?? '–'}</td>`,
    ).join('')}</tr>`;
  const head = ['class', 'good', 'defective', ...METRIC_COLUMNS.map(([name]) => name)]
    .map((name) => `<th scope="col">${name}</th>`)
    .join('');
  return `<h2>Metrics</h2><div class="scroll" tabindex="0" role="region" aria-label="Metrics"><table><thead><tr>${head}</tr></thead>
<tbody>${Object.entries(perClass)
    .map(([name, metrics]) => row(name, metrics))
    .join('')}${row('class mean', classMean)}${row('pooled', pooled)}</tbody></table></div>
<p class="note">Pooled: one limit for all classes together, as on a mixed line. – : not defined, for want of pictures or masks.</p>`;
}

function classSection(
  name: string,
  index: number,
  scores: Scores,
  { pictures, alpha, limits }: ReportData,
  shown: ReadonlySet<ReportPicture>,
): string {
  const safe = escapeHtml(name);
  const [low, high] = scoreRange(scores);
  const limit = limits?.[name];
  const promise =
    limit === undefined
      ? 'no alarm limit: too few held-out good pictures for the false-alarm rate asked for'
      : `alarm limit ${limit.toPrecision(4)}, for at most ${alpha} false alarms a good picture`;
  const range = (part: string, label: string, attributes: string) =>
    `<label for="${part}-${index}">${label}</label><input type="range" id="${part}-${index}" data-part="${part}" ${attributes}><output data-part="${part}-value"></output>`;
  const gallery = (label: ReportPicture['label'], heading: string) => {
    const list = worstPictures(pictures, name, label).filter((picture) => shown.has(picture));
    return list.length === 0
      ? ''
      : `<h3>${heading}</h3><ul class="pictures">${list.map(figure).join('')}</ul>`;
  };
  return `<section data-class="${index}"><h2>${safe}</h2>
<div class="charts"><figure>${histogram(scores, `Scores of ${name}`)}<figcaption>Scores: <span class="normal">good upwards</span>, <span class="anomalous">defective downwards</span>; dashed: alarm limit</figcaption></figure>
<figure>${rocCurve(scores, `ROC curve of ${name}`)}<figcaption>Share of defects found, over share of false alarms</figcaption></figure></div>
<div class="controls">${range('limit', 'alarm limit', `min="${low}" max="${high}" step="any"`)}${range('price', 'price of a miss', 'min="1" max="100" step="1" value="1"')}</div>
<p><button type="button" data-part="reset">back to the model's limit</button></p>
<div class="scroll" tabindex="0" role="region" aria-label="Decisions on ${safe}"><table><thead><tr><th scope="col">test pictures</th><th scope="col">alarm</th><th scope="col">no alarm</th></tr></thead>
<tbody><tr><td>defective</td><td data-part="hits"></td><td data-part="misses"></td></tr><tr><td>good</td><td data-part="alarms"></td><td data-part="quiet"></td></tr></tbody></table></div>
<p>Defects found <output data-part="recall"></output>, false-alarm rate <output data-part="false-alarm-rate"></output>, F1 <output data-part="f1"></output>, cost <output data-part="cost"></output> false alarms.</p>
<p class="note">The model has ${promise}. Moving the limit here shows what it would do on these test pictures; set it with <code>mint calibrate</code>, which never looks at them.</p>
${gallery('anomalous', 'Defective pictures with the lowest scores')}${gallery('normal', 'Good pictures with the highest scores')}</section>`;
}

function figure({ id, score, overlay = new Uint8Array() }: ReportPicture): string {
  const caption = `${escapeHtml(id)}, score ${score.toPrecision(4)}`;
  return `<li><img loading="lazy" alt="${caption}: picture and heat map" src="data:image/png;base64,${base64(overlay)}"><p>${caption}</p></li>`;
}

/** Base64 with what Node and browsers share; in parts, since a call takes only so many arguments. */
function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function confusion(classes: readonly string[], pictures: readonly ReportPicture[]): string {
  if (pictures.every(({ predictedClass }) => predictedClass === undefined)) return '';
  const count = (name: string, taken: string) =>
    pictures.filter((p) => p.className === name && p.predictedClass === taken).length;
  // A picture may be taken for a class that has no test pictures.
  const seen = pictures.flatMap(({ predictedClass }) =>
    predictedClass === undefined ? [] : [predictedClass],
  );
  const columns = [...new Set([...classes, ...seen])];
  const head = columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const rows = classes.map(
    (name) =>
      `<tr><th scope="row">${escapeHtml(name)}</th>${columns.map((taken) => `<td>${count(name, taken)}</td>`).join('')}</tr>`,
  );
  return `<h2>Classes</h2><p class="note">Rows: what the picture shows. Columns: what it was taken for.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Class confusion"><table><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function trainingCurve(points: ReportData['training']): string {
  return points === undefined || points.length < 2
    ? ''
    : `<h2>Training</h2><div class="charts"><figure>${lossCurve(points, 'Training loss')}<figcaption>L_MSE by step</figcaption></figure></div>`;
}

function manifest({ protocol }: ReportData): string {
  const entries = Object.entries(protocol).map(
    ([key, value]) =>
      `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(Array.isArray(value) ? value.join(', ') : String(value))}</dd>`,
  );
  return `<h2>How the numbers came about</h2><dl>${entries.join('')}</dl>`;
}
