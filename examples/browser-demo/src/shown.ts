import { type Calibration, markLimit, type Region, regions } from '@mint/detector';
import { resizeImage, resizeMap } from '@mint/image';
import { imagePanels } from '@mint/report';
import type { Line, Shown } from './protocol.js';
import type { Scored } from './score.js';

/** Longest side that is drawn, in pixels: a larger image takes seconds to encode. */
const DRAWN_SIDE = 1200;

const rounded = (value: number): string => value.toPrecision(4);
const percent = (share: number | undefined) =>
  share === undefined ? undefined : `${(100 * share).toFixed(1)} %`;

/** What is drawn of a scored image, and what is said about it. The colours of the heat mean the same for all images of a class. */
export function shownOf(scored: Scored, calibration: Calibration | undefined): Shown {
  const { prediction, decision } = scored;
  const { limit, found } = marksOf(scored, calibration);
  const scale = calibration?.heatScales[decision.className ?? ''] ?? calibration?.heatScale;
  const { image, map } = drawn(scored);
  const panels = imagePanels(image, map, scale ?? [0, 1]);
  return {
    decision: decision.decision,
    score: prediction.score,
    facts: Object.fromEntries(factsOf(scored, found, calibration)),
    image: panels.image,
    heat: scale && { png: panels.layer, scale },
    limit,
    lines: linesOf(found, scored),
  };
}

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
function factsOf(scored: Scored, found: readonly Region[], calibration: Calibration | undefined) {
  const { prediction, decision, milliseconds } = scored;
  const { className = '', p, classP } = decision;
  const probability = prediction.classPosterior && Math.max(...prediction.classPosterior);
  const limits = calibration?.thresholds[className];
  const entries: [term: string, text: string | undefined][] = [
    ['Product', className === '' ? undefined : className],
    ['Probability', className === prediction.className ? percent(probability) : undefined],
    ['Score', rounded(prediction.score)],
    ['Limit', limits && rounded(limits.image)],
    ['Limit for review', limits?.review && rounded(limits.review.image)],
    ['Places above the limit', limits && regionText(found)],
    ['Looked at', lookedAtText(prediction)],
    ['p-value of the score', p?.toFixed(3)],
    ['p-value of the product', classP?.toFixed(3)],
    ['Time', `${milliseconds.toFixed(0)} ms`],
  ];
  return entries.flatMap(([term, text]) => (text === undefined ? [] : [[term, text] as const]));
}

function lookedAtText({ interest, anomalyMap }: Scored['prediction']): string | undefined {
  if (interest === undefined) return undefined;
  const inside = anomalyMap.reduce((count, value) => count + Number(Number.isFinite(value)), 0);
  return `${percent(inside / anomalyMap.length)} of the image`;
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

function linesOf(found: readonly Region[], { prediction }: Scored): Line[] {
  const { width, height, frame, interest = [] } = prediction;
  const { left, top, scale } = frame ?? { left: 0, top: 0, scale: [1, 1] };
  const onMap = ([x, y]: readonly [number, number]) =>
    [(x - left) / scale[0] / width, (y - top) / scale[1] / height] as const;
  return [
    ...interest.map((ring): Line => ({ kind: 'edge', ring })),
    ...found.flatMap(({ outline, isSmall }) =>
      outline.map((ring): Line => ({ kind: isSmall ? 'small' : 'region', ring: ring.map(onMap) })),
    ),
  ];
}
