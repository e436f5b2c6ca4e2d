import { Random } from '@mint/internal';
import { describe, expect, test } from 'vitest';
import { type Calibration, decide, markLimit, regions, ruledScore, thresholdsAt } from '../index.js';
import { leastArea, type SizeRule } from './size-rule.js';

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const scores = { normalScores: { nut: upTo(19) }, normalMaxima: { nut: upTo(19).map((i) => i + 100) } };
const withBand = (alpha: number, reviewAlpha?: number): Calibration => ({
  alpha,
  reviewAlpha,
  thresholds: thresholdsAt(scores, alpha, reviewAlpha),
  heatScales: {},
  heatScale: [0, 1],
  ...scores,
});

describe('the review band', () => {
  const band = withBand(0.1, 0.4);

  test('lies between the two thresholds, each of which is not above itself', () => {
    expect(band.thresholds).toEqual({ nut: { image: 18, pixel: 118, review: { image: 12, pixel: 112 } } });
    const decisions = [12, 12.5, 18, 18.5].map(
      (score) => decide({ score, className: 'nut' }, band, ['nut']).decision,
    );
    expect(decisions).toEqual(['ok', 'review', 'review', 'alarm']);
  });

  test('marks pixels by the threshold that the decision rests on', () => {
    const limits = [12, 15, 20].map((score) =>
      markLimit(decide({ score, className: 'nut' }, band, ['nut']), band),
    );
    expect(limits).toEqual([118, 112, 118]);
    expect(markLimit({ decision: 'none' }, band)).toBeUndefined();
  });

  test('without it decisions are as they were', () => {
    const plain = withBand(0.1);
    expect(plain.thresholds).toEqual({ nut: { image: 18, pixel: 118 } });
    for (const score of [5, 15, 17.9, 18, 18.1, 40]) {
      const decision = decide({ score, className: 'nut' }, plain, ['nut']).decision;
      expect(decision).toBe(score > 18 ? 'alarm' : 'ok');
    }
  });

  test.each([0.1, 0.05, 0, Number.NaN])('a review rate of %s beside 0.1 is refused', (rate) => {
    expect(() => thresholdsAt(scores, 0.1, rate)).toThrow('must be above the false-alarm rate of 0.1');
  });

  test('exchangeable good images are reviewed or alarmed at the promised rates', () => {
    const random = new Random(11);
    const draws = (count: number) => Array.from({ length: count }, () => Math.exp(random.normal()));
    const rounds = 4000;
    const count = { ok: 0, review: 0, alarm: 0, 'unknown class': 0, none: 0 };
    for (let i = 0; i < rounds; i++) {
      const lists = { normalScores: { nut: draws(39) }, normalMaxima: { nut: draws(39) } };
      const calibration = { ...band, ...lists, thresholds: thresholdsAt(lists, 0.05, 0.2) };
      count[decide({ score: draws(1)[0] ?? 0, className: 'nut' }, calibration, ['nut']).decision] += 1;
    }
    // The deviations of these rates are 0.0034 and 0.0063.
    expect(Math.abs(count.alarm / rounds - 0.05)).toBeLessThan(0.012);
    expect(Math.abs((count.alarm + count.review) / rounds - 0.2)).toBeLessThan(0.022);
  });
});

describe('a size rule', () => {
  const rule: SizeRule = { area: 4, unit: 'px' };
  // A speck of 9 and a region of four pixels at 5.
  const anomalyMap = Float32Array.of(9, 0, 0, 0, 0, 0, 5, 5, 0, 0, 5, 5);
  const image = { anomalyMap, width: 4, height: 3, score: 9, className: 'nut' };
  const calibration = (limit: number): Calibration => ({
    ...withBand(0.1),
    sizeRules: { nut: rule },
    thresholds: { nut: { image: limit, pixel: limit } },
    normalSizedPeaks: { nut: upTo(9) },
  });

  test('an image is an alarm exactly when a region that is large enough is above the limit', () => {
    for (const limit of [0, 3, 4.9, 5, 6, 8.9, 9, 10]) {
      const decision = decide(image, calibration(limit), ['nut']);
      const large = regions(image, limit, { rule }).filter(({ isSmall }) => !isSmall);
      expect(decision).toEqual({
        decision: large.length > 0 ? 'alarm' : 'ok',
        className: 'nut',
        p: 0.6,
        sizedPeak: 5,
      });
    }
  });

  test('needs the map', () => {
    expect(() => decide({ score: 9, className: 'nut' }, calibration(3), ['nut'])).toThrow(
      "'nut' has a size rule, so the prediction must have its anomaly map",
    );
  });

  test('thresholds of a class with a rule follow from its sized peaks, those of other classes do not', () => {
    const lists = {
      normalScores: { nut: upTo(19), bolt: upTo(19) },
      normalMaxima: { nut: upTo(19), bolt: upTo(19) },
      normalSizedPeaks: { nut: upTo(19).map((i) => i / 10) },
    };
    expect(thresholdsAt(lists, 0.1)).toEqual({
      nut: { image: 1.8, pixel: 1.8 },
      bolt: { image: 18, pixel: 18 },
    });
  });

  test('counts pixels of the image, a share of it, or square millimetres', () => {
    const frame = { image: { width: 400, height: 300 }, left: 0, top: 0, scale: [100, 100] } as const;
    const framed = { ...image, frame };
    expect(leastArea({ area: 50, unit: 'px' }, framed)).toBe(50);
    expect(leastArea({ area: 25, unit: '%' }, framed)).toBe(30_000);
    expect(leastArea({ area: 3, unit: 'mm2', mmPerPixel: 0.5 }, framed)).toBe(12);
    // Four pixels of the map are 40,000 of the image.
    expect(ruledScore({ area: 40_000, unit: 'px' }, framed)).toBe(5);
    expect(ruledScore({ area: 40_001, unit: 'px' }, framed)).toBe(0);
    expect(ruledScore({ area: 10_000, unit: 'px' }, framed)).toBe(9);
    expect(ruledScore({ area: 100 / 3, unit: '%' }, framed)).toBe(5);
    // No region can be that large.
    expect(ruledScore({ area: 101, unit: '%' }, framed)).toBe(0);
    expect(ruledScore({ area: 400, unit: 'mm2', mmPerPixel: 0.1 }, framed)).toBe(5);
  });

  test.each([
    [{ area: 0, unit: 'px' }, 'the area must be above 0, got 0'],
    [{ area: Number.NaN, unit: '%' }, 'the area must be above 0, got NaN'],
    [{ area: 1, unit: 'mm2' }, 'needs the side of a pixel in millimetres, got undefined'],
  ] as const)('refuses %o', (wrong, message) => {
    expect(() => ruledScore(wrong, image)).toThrow(message);
  });
});
