import { type Calibration, type Decision, markLimit, type Region, regions } from '@mint/detector';
import { resizeImage, resizeMap } from '@mint/image';
import { heatColour, imagePanels } from '@mint/report';
import { make, terms } from './dom.js';
import type { Scored } from './score.js';

/** Longest side that is drawn, in pixels: a larger image would take the page seconds to encode. */
const DRAWN_SIDE = 1200;

const DECISIONS: Record<Decision['decision'], string> = {
  ok: 'OK',
  review: 'To review',
  alarm: 'Alarm',
  'unknown class': 'Unknown product',
  none: 'No limit',
};

/** A result as an item of the list, and as a sentence for screen readers. */
interface Result {
  readonly item: HTMLLIElement;
  readonly sentence: string;
}

const rounded = (value: number) => value.toPrecision(4);
const percent = (share: number | undefined) =>
  share === undefined ? undefined : `${(100 * share).toFixed(1)} %`;

/** The places above the limit, and the limit; none where the product has no limits. */
function marksOf({ prediction, decision }: Scored, calibration: Calibration | undefined) {
  const limit = calibration && markLimit(decision, calibration);
  if (limit === undefined) return { limit, found: [] };
  const rule = calibration?.sizeRules?.[decision.className ?? ''];
  return { limit, found: regions(prediction, limit, { rule }) };
}

/** `2, on 340 pixels (0.9 %)`, and how many a size rule hides. */
function regionText(found: readonly Region[]): string {
  const [large, small] = [found.filter(({ isSmall }) => !isSmall), found.filter(({ isSmall }) => isSmall)];
  const sum = (value: (region: Region) => number) =>
    large.reduce((total, region) => total + value(region), 0);
  const on =
    large.length === 0
      ? ''
      : `, on ${Math.round(sum(({ area }) => area))} pixels (${percent(sum(({ share }) => share))})`;
  return `${large.length}${on}${small.length === 0 ? '' : `, and ${small.length} too small to count`}`;
}

/** What the detector found, in words and numbers. */
function facts(scored: Scored, found: readonly Region[], calibration: Calibration | undefined) {
  const { prediction, decision, milliseconds } = scored;
  const { className = '', p, classP } = decision;
  const probability = prediction.classPosterior && Math.max(...prediction.classPosterior);
  const limit = calibration?.thresholds[className]?.image;
  const entries: [term: string, text: string | undefined][] = [
    ['Product', className === '' ? undefined : className],
    ['Probability', className === prediction.className ? percent(probability) : undefined],
    ['Score', rounded(prediction.score)],
    ['Limit', limit === undefined ? undefined : rounded(limit)],
    ['Places above the limit', limit === undefined ? undefined : regionText(found)],
    ['p-value of the score', p?.toFixed(3)],
    ['p-value of the product', classP?.toFixed(3)],
    ['Time', `${milliseconds.toFixed(0)} ms`],
  ];
  return entries.flatMap(([term, text]) => (text === undefined ? [] : [[term, text] as const]));
}

/** Image and map at a size that can be drawn. */
function drawn({ image, prediction }: Scored) {
  const shrunk = Math.min(1, DRAWN_SIDE / Math.max(image.width, image.height));
  const size = { width: Math.round(image.width * shrunk), height: Math.round(image.height * shrunk) };
  return {
    image: resizeImage(image, size.width, size.height, 'bilinear'),
    map: resizeMap(prediction.anomalyMap, prediction, size),
  };
}

/** Image, heat map and decision. The colours of the heat mean the same for all images of a class. */
export function resultOf(name: string, scored: Scored, calibration: Calibration | undefined): Result {
  const { prediction, decision } = scored;
  const sentence = DECISIONS[decision.decision];
  const { limit, found } = marksOf(scored, calibration);
  const entries = Object.fromEntries(facts(scored, found, calibration));
  const scale = calibration?.heatScales[decision.className ?? ''] ?? calibration?.heatScale;
  const { image, map } = drawn(scored);
  const panels = imagePanels(image, map, scale ?? [0, 1]);
  const original = make('img', { src: pngUrl(panels.image), alt: `${name}, as the network saw it` });
  const heat = make('img', { src: pngUrl(panels.layer), alt: '', class: 'heat' });
  const figure = make('figure', {}, make('div', { class: 'layers' }, original));
  if (scale !== undefined) {
    original.after(heat, outlines(found, scored));
    figure.append(legend(scale, limit));
  }
  const item = make(
    'li',
    { class: 'result', 'data-decision': decision.decision, 'data-score': String(prediction.score) },
    figure,
    make(
      'div',
      { class: 'summary' },
      make('h3', {}, name),
      make('p', { class: 'decision' }, sentence),
      make('dl', { class: 'facts' }, ...terms(entries)),
    ),
  );
  const details = Object.entries(entries).map(([term, text]) => `${term} ${text}`);
  return { item, sentence: `${name}: ${sentence}. ${details.join(', ')}.` };
}

/** An image that could not be scored, and why. */
export function failureOf(name: string, error: unknown): Result {
  const message = error instanceof Error ? error.message : String(error);
  const summary = make(
    'div',
    { class: 'summary' },
    make('h3', {}, name),
    make('p', { class: 'decision' }, 'Not scored'),
    make('p', {}, message),
  );
  const item = make('li', { class: 'result', 'data-decision': 'unreadable' }, summary);
  return { item, sentence: `Not scored: ${message}` };
}

const SVG = 'http://www.w3.org/2000/svg';

/** The outlines of places, as a drawing that is stretched over the image. */
function outlines(found: readonly Region[], { prediction }: Scored): SVGSVGElement {
  const { width, height, frame } = prediction;
  const { left, top, scale } = frame ?? { left: 0, top: 0, scale: [1, 1] };
  const drawing = document.createElementNS(SVG, 'svg');
  drawing.setAttribute('class', 'outlines');
  drawing.setAttribute('viewBox', `0 0 ${width} ${height}`);
  drawing.setAttribute('preserveAspectRatio', 'none');
  drawing.setAttribute('aria-hidden', 'true');
  for (const { outline, isSmall } of found)
    for (const ring of outline) {
      const line = document.createElementNS(SVG, 'polygon');
      const points = ring.map(([x, y]) => `${(x - left) / scale[0]},${(y - top) / scale[1]}`);
      line.setAttribute('points', points.join(' '));
      if (isSmall) line.setAttribute('class', 'small');
      drawing.append(line);
    }
  return drawing;
}

function legend([low, high]: readonly [number, number], limit: number | undefined): HTMLElement {
  const bar = make('span', { class: 'bar' });
  const colours = Array.from({ length: 11 }, (_, i) => `rgb(${heatColour(i / 10).join(' ')})`);
  bar.style.background = `linear-gradient(to right, ${colours.join(', ')})`;
  if (limit !== undefined && limit >= low && limit <= high) {
    const mark = make('span', { class: 'mark', title: `limit ${rounded(limit)}` });
    mark.style.left = `${(100 * (limit - low)) / (high - low)}%`;
    bar.append(mark);
  }
  return make(
    'figcaption',
    { class: 'legend' },
    make('span', {}, `heat ${rounded(low)}`),
    bar,
    make('span', {}, rounded(high)),
  );
}

/** Freed with the page, or by {@link clear}. */
const pngUrl = (png: Uint8Array): string =>
  URL.createObjectURL(new Blob([new Uint8Array(png)], { type: 'image/png' }));

/** Removes results and frees their images. */
export function clear(results: HTMLElement): void {
  for (const image of results.querySelectorAll('img')) URL.revokeObjectURL(image.src);
  results.replaceChildren();
}
