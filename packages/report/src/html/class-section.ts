import { own } from '@mint/internal';
import { histogram, proChart, rangeOf, rocChart, type Scores } from './charts.js';
import { escapeHtml } from './escape.js';
import { imageFigure } from './images.js';
import type { ReportData, ReportImage } from './report-data.js';
import { table } from './tables.js';
import { worstImages } from './worst-images.js';

/** Part of the PRO curve that is drawn: the range that AUPRO integrates by default. */
const PRO_LIMIT = 0.3;

/** Scores of the good and of the anomalous test images of a class. */
export function scoresOf(images: readonly ReportImage[], className: string): Scores {
  const of = (label: ReportImage['label']) =>
    images.filter((p) => p.className === className && p.label === label).map(({ score }) => score);
  return { normal: of('normal'), anomalous: of('anomalous') };
}

export const rangeOfScores = ({ normal, anomalous }: Scores) => rangeOf([...normal, ...anomalous]);

/** Charts of a class, the controls of its alarm limit, the counts they change, and the images with the worst scores. */
export function classSection(
  name: string,
  index: number,
  scores: Scores,
  data: ReportData,
  shown: ReadonlySet<ReportImage>,
): string {
  return `<section data-class="${index}"><h2 id="class-${index}">${escapeHtml(name)}</h2>
${charts(name, scores, data)}
${controls(index, scores)}
${table(
  `Decisions on ${name}`,
  ['test images', 'alarm', 'no alarm'],
  [
    ['anomalous', cell('hits'), cell('misses')],
    ['good', cell('alarms'), cell('quiet')],
  ],
)}
<p>Defects found <output data-part="recall"></output>, false-alarm rate <output data-part="false-alarm-rate"></output>, F1 <output data-part="f1"></output>, cost <output data-part="cost"></output> false alarms.</p>
<p class="note">${promise(own(data.limits, name), data.alpha)} Move the limit to see what it would do on these test images. The price of a miss, in false alarms, moves it to where these images would cost least. Set limits with <code>mint calibrate</code>, which does not use test images.</p>
${gallery(data.images, name, 'anomalous', shown)}${gallery(data.images, name, 'normal', shown)}</section>`;
}

const cell = (part: string): string => `<span data-part="${part}"></span>`;

const promise = (limit: number | undefined, alpha: number | undefined): string =>
  limit === undefined
    ? 'The model has no alarm limit: too few held-out good images for the requested false-alarm rate.'
    : `The model's alarm limit is ${limit.toPrecision(4)}, for at most ${alpha} false alarms per good image.`;

function charts(name: string, scores: Scores, { proCurves }: ReportData): string {
  const pro = own(proCurves, name);
  const figures = [
    figure(
      histogram(scores, `Scores of ${name}`),
      'Scores: <span class="normal">good upwards</span>, <span class="anomalous">anomalous downwards</span>; dashed: alarm limit',
    ),
    figure(
      rocChart(scores, `ROC curve of ${name}`),
      'ROC: share of defects found, over share of false alarms',
    ),
    figure(
      pro === undefined ? '' : proChart(pro, PRO_LIMIT, `PRO curve of ${name}`),
      `PRO: share of each defect's area found, over share of good pixels marked, to ${PRO_LIMIT}`,
    ),
  ];
  return `<div class="charts">${figures.join('\n')}</div>`;
}

const figure = (chart: string, caption: string): string =>
  chart === '' ? '' : `<figure>${chart}<figcaption>${caption}</figcaption></figure>`;

function controls(index: number, scores: Scores): string {
  const [low, high] = rangeOfScores(scores);
  // A little beyond the scores: a slider keeps few digits, and at its ends all images or none must be alarms.
  const beyond = (high - low) / 1000;
  const range = (part: string, label: string, attributes: string) =>
    `<label for="${part}-${index}">${label}</label><input type="range" id="${part}-${index}" data-part="${part}" ${attributes}><output data-part="${part}-value" for="${part}-${index}"></output>`;
  const limit = range('limit', 'alarm limit', `min="${low - beyond}" max="${high + beyond}" step="any"`);
  const price = range('price', 'price of a miss', 'min="1" max="100" step="1" value="1"');
  return `<div class="controls">${limit}${price}</div>
<p><button type="button" data-part="reset">back to the model's limit</button></p>`;
}

const GALLERY_HEADINGS = {
  anomalous: 'Anomalous images with the lowest scores',
  normal: 'Good images with the highest scores',
} as const;

function gallery(
  images: readonly ReportImage[],
  name: string,
  label: ReportImage['label'],
  shown: ReadonlySet<ReportImage>,
): string {
  const list = worstImages(images, name, label).flatMap((image) =>
    image.panels !== undefined && shown.has(image)
      ? [imageFigure(`${image.id}, score ${image.score.toPrecision(4)}`, image.panels, image.note)]
      : [],
  );
  return list.length === 0
    ? ''
    : `<h3>${GALLERY_HEADINGS[label]}</h3><ul class="images">${list.join('')}</ul>`;
}
