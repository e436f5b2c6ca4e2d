import { Random } from '@mint/internal';
import { describe, expect, test } from 'vitest';
import { type Calibration, decide, markLimit, setOf, thresholdsAt } from '../index.js';

const classes = ['nut', 'bolt', 'washer'];
const calibration: Calibration = {
  alpha: 0.2,
  thresholds: { nut: { image: 2, pixel: 3, ood: 1.5 }, bolt: { image: 5, pixel: 6 } },
  heatScales: {},
  heatScale: [0, 1],
  normalScores: { nut: [1, 1.5, 2, 0.5], bolt: [4, 5], washer: [1] },
  normalMaxima: {},
  normalOodScores: { nut: [1, 1.2, 1.5, 0.5], bolt: [1, 2], washer: [1] },
};
const image = (score: number, oodScores: number[], className?: string) => ({
  score,
  oodScores: Float32Array.from(oodScores),
  ...(className === undefined ? {} : { className }),
});

describe('decide()', () => {
  test.each([
    ['a limit itself is not above it', image(2, [1.5, 9, 9], 'nut'), 'ok', 0.4, 0.4],
    ['a high score', image(2.5, [1, 9, 9], 'nut'), 'alarm', 0.2, 0.8],
    [
      'an image out of distribution, whatever its score',
      image(0, [1.75, 9, 9], 'nut'),
      'unknown class',
      1,
      0.2,
    ],
    ['a class without an out-of-distribution threshold', image(1, [9, 99, 9], 'bolt'), 'ok', 1, 1 / 3],
    ['a class without limits', image(9, [9, 9, 9], 'washer'), 'none', 0.5, 0.5],
  ])('%s', (_name, prediction, expected, p, classP) => {
    const { className } = prediction;
    const decision = decide(prediction, calibration, classes);
    expect(decision).toEqual({
      decision: expected,
      className,
      p: expect.closeTo(p),
      classP: expect.closeTo(classP),
    });
  });

  test.each(['constructor', '__proto__', 'toString'])(
    'a class called %s has its own limits or none',
    (name) => {
      const none = decide(image(9, [9], name), calibration, [name]);
      expect(none).toMatchObject({ decision: 'none', className: name });
      expect(markLimit(none, calibration)).toBeUndefined();
      const limits = { ...calibration, thresholds: Object.fromEntries([[name, { image: 2, pixel: 3 }]]) };
      const scores = Object.fromEntries([[name, [1, 2, 3, 4]]]);
      const own = { ...limits, normalScores: scores, normalOodScores: undefined };
      expect(decide(image(2.5, [9], name), own, [name])).toMatchObject({ decision: 'alarm', p: 0.6 });
      expect(markLimit(decide(image(2.5, [9], name), own, [name]), own)).toBe(3);
      expect(Object.entries(thresholdsAt({ normalScores: scores, normalMaxima: scores }, 0.3))).toEqual([
        [name, { image: 4, pixel: 4 }],
      ]);
      // A record that lacks the class must not lend it what every object has.
      expect(thresholdsAt({ normalScores: scores, normalMaxima: {} }, 0.3)).toEqual({});
    },
  );

  test('takes the limits of the class that is given, and finds that it is not the one shown', () => {
    const bolt = image(4, [60, 1, 9], 'bolt');
    expect(decide(bolt, calibration, classes).decision).toBe('ok');
    expect(decide(bolt, calibration, classes, 'nut')).toMatchObject({
      decision: 'unknown class',
      className: 'nut',
    });
    expect(() => decide(bolt, calibration, classes, 'screw')).toThrow(
      "no class 'screw'; it knows nut, bolt, washer",
    );
  });

  test('decides nothing where no class is given and the model has no classifier', () => {
    expect(decide({ score: 1 }, calibration, classes)).toEqual({ decision: 'none' });
    // A model without class statistics decides on the score alone.
    const { normalOodScores: _, ...old } = calibration;
    expect(decide({ score: 1 }, old, classes, 'nut')).toEqual({
      decision: 'ok',
      className: 'nut',
      p: expect.closeTo(0.8),
    });
  });

  test('stops exchangeable good images for each reason at the promised rate', () => {
    const random = new Random(7);
    const draws = () => Array.from({ length: 39 }, () => Math.exp(random.normal()));
    const streams = 10_000;
    const count = { ok: 0, review: 0, alarm: 0, 'unknown class': 0, none: 0 };
    for (let i = 0; i < streams; i++) {
      const scores = {
        normalScores: { nut: draws() },
        normalMaxima: { nut: draws() },
        normalOodScores: { nut: draws() },
      };
      const fresh = { ...calibration, ...scores, alpha: 0.1, thresholds: thresholdsAt(scores, 0.1) };
      const prediction = image(Math.exp(random.normal()), [Math.exp(random.normal())], 'nut');
      count[decide(prediction, fresh, classes).decision] += 1;
    }
    // Four deviations of a binomial share. The two scores are independent here.
    const near = (got: number, rate: number) =>
      expect(Math.abs(got / streams - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / streams));
    near(count['unknown class'], 0.1);
    near(count.alarm, 0.9 * 0.1);
    expect(count.none).toBe(0);
  });
});

test('setOf() finds an image by the first half of its hash', () => {
  const sets = { fit: ['0123456789abcdef'], heldOut: [], test: ['fedcba9876543210'] };
  expect(setOf(sets, `0123456789abcdef${'0'.repeat(48)}`)).toBe('fit');
  expect(setOf(sets, `fedcba9876543210${'1'.repeat(48)}`)).toBe('test');
  expect(setOf(sets, `1123456789abcdef${'0'.repeat(48)}`)).toBeUndefined();
});
