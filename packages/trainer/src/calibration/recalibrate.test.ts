import { type Calibration, type ImageSets, shortHash, thresholdsAt } from '@mint/detector';
import { describe, expect, test } from 'vitest';
import { assertUnseen, calibrationOf as heatOf, recalibrate, type ScoredNormals } from '../index.js';

const hash = (i: number) => i.toString(16).padStart(64, 'f').split('').reverse().join('');
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const calibrationOf = (lists: Record<string, number[]>, alpha: number): Calibration => {
  const scores = { normalScores: lists, normalMaxima: lists, normalOodScores: lists };
  const heatScales = Object.fromEntries(Object.keys(lists).map((name) => [name, [0, 1] as const]));
  return { alpha, thresholds: thresholdsAt(scores, alpha), heatScale: [0, 1], heatScales, ...scores };
};
const added = (lists: Record<string, number[]>, names: readonly string[]): ScoredNormals => ({
  scores: {
    normalScores: lists,
    normalMaxima: lists,
    normalOodScores: lists,
    normalBrightness: lists,
  },
  images: names.map((name, i) => ({ name, contentHash: hash(i) })),
  pixels: {},
});
const NONE: ImageSets = { fit: [], heldOut: [], test: [] };
const date = new Date('2026-01-02T03:04:05Z');

describe('recalibrate()', () => {
  const calibration = calibrationOf({ gear: upTo(9), nut: upTo(4) }, 0.1);

  test('another rate: the scores stay, thresholds and history change', () => {
    const changed = recalibrate(calibration, NONE, { alpha: 0.2, date });
    expect(changed.calibration).toEqual({
      ...calibration,
      alpha: 0.2,
      thresholds: { gear: { image: 8, pixel: 8, ood: 8 }, nut: { image: 4, pixel: 4, ood: 4 } },
      history: [changed.change],
    });
    expect(changed.change).toEqual({
      date: '2026-01-02T03:04:05.000Z',
      alphaBefore: 0.1,
      alpha: 0.2,
      pictures: 13,
      added: [],
    });
    expect(changed.images).toEqual(NONE);
    const again = recalibrate(changed.calibration, NONE, { alpha: 0.4, date });
    expect(again.calibration.history).toHaveLength(2);
    expect(again.calibration.thresholds.nut?.image).toBe(3);
  });

  test('more images: their scores stand behind the old ones, and no measure that the model lacks appears', () => {
    const more = added({ nut: [7, 6, 5, 8, 9] }, ['a', 'b', 'c', 'd', 'e']);
    const changed = recalibrate(calibration, { ...NONE, heldOut: ['0000'] }, { added: more, date });
    expect(changed.calibration.normalScores.nut).toEqual([1, 2, 3, 4, 7, 6, 5, 8, 9]);
    expect(changed.calibration.normalOodScores?.gear).toEqual(upTo(9));
    expect(changed.calibration.normalBrightness).toBeUndefined();
    expect(changed.calibration.thresholds.nut).toEqual({ image: 9, pixel: 9, ood: 9 });
    expect(changed.images.heldOut).toEqual(['0000', ...[0, 1, 2, 3, 4].map((i) => shortHash(hash(i)))]);
    expect(changed.change).toMatchObject({ alphaBefore: 0.1, alpha: 0.1, pictures: 18 });
  });

  test('a rate that would take thresholds away is refused', () => {
    expect(() => recalibrate(calibration, NONE, { alpha: 0.05 })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('gear 0.1 with 9 good images, nut 0.2 with 4 good images'),
      }),
    );
    const two = calibrationOf({ gear: upTo(9), nut: upTo(9) }, 0.1);
    const uneven = recalibrate(two, NONE, { added: added({ gear: upTo(10) }, []) }).calibration;
    expect(() => recalibrate(uneven, NONE, { alpha: 0.06 })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/possible: nut 0.1 with 9 good images\./) }),
    );
  });

  test('a review rate: thresholds of both rates; 0 takes it away; one that is not above alpha is refused', () => {
    const changed = recalibrate(calibration, NONE, { alpha: 0.2, reviewAlpha: 0.4, date });
    expect(changed.calibration.reviewAlpha).toBe(0.4);
    expect(changed.calibration.thresholds.gear).toEqual({
      image: 8,
      pixel: 8,
      ood: 8,
      review: { image: 6, pixel: 6 },
    });
    expect(changed.change).toMatchObject({ alpha: 0.2, reviewAlpha: 0.4 });
    // It stays at another rate, and with more images.
    const again = recalibrate(changed.calibration, NONE, { alpha: 0.3, date });
    expect(again.calibration.thresholds.gear?.review).toEqual({ image: 6, pixel: 6 });
    const without = recalibrate(changed.calibration, NONE, { reviewAlpha: 0, date }).calibration;
    expect(without.reviewAlpha).toBeUndefined();
    expect(without.thresholds.gear).toEqual({ image: 8, pixel: 8, ood: 8 });
    expect(() => recalibrate(calibration, NONE, { reviewAlpha: 0.1 })).toThrow('must be above');
  });

  test('size rules: the held-out images scored again replace the old scores, and added ones join them', () => {
    const sizeRules = { nut: { area: 20, unit: 'px' } } as const;
    expect(() => recalibrate(calibration, NONE, { sizeRules })).toThrow('scored again');
    const scored = (nut: number[], gear: number[]): ScoredNormals => {
      const lists = { gear, nut };
      return {
        scores: {
          normalScores: lists,
          normalMaxima: lists,
          normalSizedPeaks: { nut: nut.map((i) => i / 10) },
        },
        images: [],
        pixels: { gear: [0, 1, 2], nut: [3, 4, 5] },
      };
    };
    const rescored = scored(upTo(4), upTo(9));
    const added = scored([5, 6, 7, 8, 9], []);
    const changed = recalibrate(calibration, NONE, { sizeRules, rescored, added, date });
    expect(changed.calibration.sizeRules).toEqual(sizeRules);
    expect(changed.calibration.normalSizedPeaks).toEqual({ nut: upTo(9).map((i) => i / 10) });
    expect(changed.calibration.thresholds).toMatchObject({
      gear: { image: 9, pixel: 9 },
      nut: { image: 0.9, pixel: 0.9 },
    });
    expect(changed.change.sizeRules).toEqual(sizeRules);
    // Later changes keep the rule.
    const later = recalibrate(changed.calibration, NONE, { alpha: 0.2, date }).calibration;
    expect(later.thresholds.nut).toMatchObject({ image: 0.8, pixel: 0.8 });
    expect(later.sizeRules).toEqual(sizeRules);
  });

  test('an image that the model knows is refused', () => {
    const more = added({ nut: [1] }, ['a.png']);
    const test = [shortHash(hash(0))];
    expect(() => recalibrate(calibration, { ...NONE, test }, { added: more })).toThrow(
      'a.png: cannot be added: it is a test image',
    );
  });
});

describe('calibrationOf()', () => {
  const scored = (maxima: number[], pixels: number[]): ScoredNormals => ({
    scores: { normalScores: { nut: maxima }, normalMaxima: { nut: maxima } },
    images: [],
    pixels: { nut: pixels },
  });

  test('heat maps start at the median of normal pixels and reach twice as far above the limit as it is above that', () => {
    const { thresholds, heatScales, heatScale } = heatOf(scored(upTo(19), [4, 1, 0, 3, 2]), 0.1);
    expect(thresholds.nut?.pixel).toBe(18);
    expect(heatScales).toEqual({ nut: [2, 2 + 2 * 16] });
    expect(heatScale).toEqual([2, 34]);
  });

  test('the highest normal pixel stands in for a limit; a flat map still has a scale', () => {
    expect(heatOf(scored([3, 9, 5], [1, 1, 1]), 0.1).heatScales).toEqual({ nut: [1, 17] });
    const [low = 0, high = 0] = heatOf(scored([1, 1], [1, 1]), 0.1).heatScales.nut ?? [];
    expect(high).toBeGreaterThan(low);
  });
});

describe('assertUnseen()', () => {
  const image = (name: string, i = 0) => ({ name, contentHash: hash(i) });

  test('new images pass, also one in several tiles', () => {
    assertUnseen([image('a'), image('a'), image('b', 1)], NONE);
  });

  test.each([
    ['fit', 'trained on it'],
    ['heldOut', 'count twice'],
    ['test', 'test image'],
  ] as const)('an image of the set %s is refused', (set, reason) => {
    const seen = { ...NONE, [set]: [shortHash(hash(3))] };
    expect(() => assertUnseen([image('a'), image('b.png', 3)], seen)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(`^b.png: cannot be added: .*${reason}.* Nothing was changed.$`),
      }),
    );
  });

  test('two equal images are refused', () => {
    expect(() => assertUnseen([image('a'), image('b')], NONE)).toThrow('b: cannot be added: it equals a.');
  });
});
