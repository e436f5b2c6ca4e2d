import { heatColour } from '@mint/report';
import { make, terms } from './dom.js';
import type { Line, Shown } from './protocol.js';

const DECISIONS: Record<Shown['decision'], string> = {
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

/**
 * Image, heat map and decision.
 *
 * @param onDraw - Called when somebody wants to draw where images are looked at, with the image that is shown.
 */
export function resultOf(
  name: string,
  { decision, score, facts, image, heat, limit, lines }: Shown,
  onDraw: (image: HTMLImageElement) => void,
): Result {
  const original = make('img', { src: pngUrl(image), alt: `${name}, as the network saw it` });
  const figure = make('figure', {}, make('div', { class: 'layers' }, original));
  if (heat !== undefined) {
    original.after(make('img', { src: pngUrl(heat.png), alt: '', class: 'heat' }), drawing(lines));
    figure.append(legend(heat.scale, limit));
  }
  const draw = make('button', { type: 'button', class: 'draw' }, 'Draw where to look');
  draw.addEventListener('click', () => onDraw(original));
  const sentence = DECISIONS[decision];
  const item = make(
    'li',
    { class: 'result', 'data-decision': decision, 'data-score': String(score) },
    figure,
    make(
      'div',
      { class: 'summary' },
      make('h3', {}, name),
      make('p', { class: 'decision' }, sentence),
      make('dl', { class: 'facts' }, ...terms(facts)),
      draw,
    ),
  );
  const details = Object.entries(facts).map(([term, text]) => `${term} ${text}`);
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

/** Lines, as a drawing that is stretched over the image. */
export function drawing(lines: readonly Line[]): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'outlines');
  svg.setAttribute('viewBox', '0 0 1 1');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  for (const { kind, ring } of lines) {
    const line = document.createElementNS(SVG, 'polygon');
    line.setAttribute('points', ring.map((point) => point.join()).join(' '));
    line.setAttribute('class', kind);
    svg.append(line);
  }
  return svg;
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
