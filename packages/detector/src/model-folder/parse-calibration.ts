import { printable } from '@mint/internal';
import type { RegionOfInterest } from '../interest/interest.js';
import type { Calibration, CalibrationChange } from '../limits/calibration.js';
import type { SizeRule } from '../limits/size-rule.js';
import type { Threshold } from '../limits/thresholds.js';
import type { Field } from './field.js';

/** The `calibration` of a `model.json`. Version 1 calls the out-of-distribution score `strangeness`. */
export function parseCalibration(field: Field, classes: readonly string[]): Calibration {
  const known = new Set(classes);
  const byClass = <T>(item: Field, read: (value: Field) => T) => {
    const [, stray] = item.entries().find(([name]) => !known.has(name)) ?? [];
    stray?.fail(`under the name of a class of the model (${printable(classes.join(', '), 200)})`);
    return item.record(read);
  };
  const scoresByClass = (item: Field) => byClass(item, (scores) => scores.numbers(1e6));
  return {
    alpha: parseAlpha(field.get('alpha')),
    reviewAlpha: field.get('reviewAlpha').optional(parseAlpha),
    sizeRules: field.get('sizeRules').optional((rules) => byClass(rules, parseSizeRule)),
    regionsOfInterest: field.get('regionsOfInterest').optional((areas) => byClass(areas, parseInterest)),
    outsideFeatures: field
      .get('outsideFeatures')
      .optional((features) => byClass(features, (feature) => feature.numbers(1e5))),
    outsidePixels: field.get('outsidePixels').optional((images) => byClass(images, parseSmallImage)),
    leftOut: field.get('leftOut').optional((counts) => byClass(counts, (count) => count.int(1, 1e6))),
    thresholds: byClass(field.get('thresholds'), parseThreshold),
    heatScales: byClass(field.get('heatScales'), parseScale),
    heatScale: parseScale(field.get('heatScale')),
    history: field.get('history').optional((history) => history.list(1e5).map(parseChange)),
    normalScores: scoresByClass(field.get('normalScores')),
    normalMaxima: scoresByClass(field.get('normalMaxima')),
    normalOodScores: field.get('normalStrangeness').optional(scoresByClass),
    normalBrightness: field.get('normalBrightness').optional(scoresByClass),
    normalSizedPeaks: field.get('normalSizedPeaks').optional(scoresByClass),
  };
}

function parseAlpha(field: Field): number {
  const alpha = field.number();
  return alpha > 0 && alpha < 1 ? alpha : field.fail('between 0 and 1');
}

const parseScale = (field: Field): readonly [number, number] => field.pair((end) => end.number());

const parseThreshold = (field: Field): Threshold => ({
  image: field.get('image').number(),
  pixel: field.get('pixel').number(),
  ood: field.get('strangeness').optional((value) => value.number()),
  review: field.get('review').optional((review) => ({
    image: review.get('image').number(),
    pixel: review.get('pixel').number(),
  })),
});

/** Rings of points in shares of the image; a hand-drawn one has some tens. */
const parseInterest = (field: Field): RegionOfInterest =>
  field.list(1e4).map((ring) => ring.list(1e5).map((point) => point.pair((share) => share.number())));

/** RGB, row by row, of a square image. */
function parseSmallImage(field: Field): number[] {
  const colours = field.numbers(3 * 64 * 64);
  const isSquare = colours.length > 0 && Number.isInteger(Math.sqrt(colours.length / 3));
  const isColour = colours.every((value) => value >= 0 && value <= 255);
  return isSquare && isColour ? colours : field.fail('the colours of a square image, R, G, B from 0 to 255');
}

function parseSizeRule(field: Field): SizeRule {
  const positive = (item: Field) => (item.number() > 0 ? item.number() : item.fail('above 0'));
  const unit = field.get('unit').oneOf('px', '%', 'mm2');
  const mmPerPixel = field.get('mmPerPixel');
  return {
    area: positive(field.get('area')),
    unit,
    mmPerPixel: unit === 'mm2' ? positive(mmPerPixel) : mmPerPixel.optional(positive),
  };
}

const parseChange = (field: Field): CalibrationChange => ({
  date: field.get('date').text(),
  alphaBefore: parseAlpha(field.get('alphaBefore')),
  alpha: parseAlpha(field.get('alpha')),
  pictures: field.get('pictures').int(0, 1e9),
  added: field
    .get('added')
    .list(1e6)
    .map((hash) => hash.text()),
  reviewAlpha: field.get('reviewAlpha').optional(parseAlpha),
  sizeRules: field.get('sizeRules').optional((rules) => rules.record(parseSizeRule)),
});
