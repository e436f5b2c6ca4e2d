import { describe, expect, test } from 'vitest';
import { minMaxThresholdMetrics } from '../index.js';

describe('minMaxThresholdMetrics()', () => {
  test('by hand: 0, 0.25, 0.5 and 1 after stretching', () => {
    // 0.25 passes 0.2; 0.5 passes 0.2 to 0.4; 1 passes all seven. Anomalous are 0.25 and 1.
    const { mF1, mAcc, mIou } = minMaxThresholdMetrics([10, 12.5, 15, 20], [0, 1, 0, 1]);
    expect(mAcc).toBeCloseTo((1 + 6 / 2) / 7, 14);
    expect(mIou).toBeCloseTo((2 / 3 + 1 / 3 + 1 / 3 + 4 / 2) / 7, 14);
    expect(mF1).toBeCloseTo((4 / 5 + 2 / 4 + 2 / 4 + (4 * 2) / 3) / 7, 14);
  });

  test('moves with the scale of the scores, which is the warning: a square changes it, a line does not', () => {
    const labels = [0, 0, 1, 0, 1, 1];
    const scores = [1, 2, 3, 4, 5, 6];
    const straight = minMaxThresholdMetrics(
      scores.map((s) => 3 * s - 7),
      labels,
    );
    expect(straight.mF1).toBeCloseTo(minMaxThresholdMetrics(scores, labels).mF1, 14);
    expect(
      minMaxThresholdMetrics(
        scores.map((s) => s * s),
        labels,
      ).mF1,
    ).not.toBeCloseTo(straight.mF1, 2);
  });

  test.each([
    ['equal scores', [3, 3, 3]],
    ['an infinite score', [3, 4, Number.POSITIVE_INFINITY]],
  ])('has no value for %s', (_, scores) => {
    expect(() => minMaxThresholdMetrics(scores, [0, 1, 1])).toThrow(
      expect.objectContaining({ code: 'UNDEFINED_METRIC' }),
    );
  });

  test('refuses NaN', () => {
    expect(() => minMaxThresholdMetrics([1, Number.NaN], [0, 1])).toThrow('got NaN at position 1');
  });
});
