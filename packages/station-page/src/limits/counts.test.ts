import { expect, test } from 'vitest';
import type { LimitTrial } from '../contract.js';
import { above, alarmsAt, sliderRange } from './counts.js';

const trial = (scores: number[], recorded = scores.length): LimitTrial => ({
  class: 'nut',
  limit: 5,
  calibrated: 6,
  heldOut: 19,
  sized: false,
  days: 7,
  recorded,
  scores,
  bins: { low: scores[0] ?? 0, high: scores.at(-1) ?? 1, counts: [] },
  judged: { good: [], defective: [] },
});

test('a score at the limit is no alarm, as the model decides', () => {
  expect([0, 1, 2, 2.5, 3, 9].map((limit) => above([1, 2, 2, 3], limit))).toEqual([4, 3, 1, 1, 0, 0]);
  expect(above([], 1)).toBe(0);
});

test('says when the server has not given all scores', () => {
  expect(alarmsAt(trial([4, 5, 6], 100), 4.5)).toEqual({ count: 2, isMore: false });
  expect(alarmsAt(trial([4, 5, 6], 100), 3)).toEqual({ count: 3, isMore: true });
  expect(alarmsAt(trial([4, 5, 6]), 3)).toEqual({ count: 3, isMore: false });
});

test('the slider reaches from all alarms to none, and holds the limits', () => {
  const [low, high] = sliderRange(trial([1, 30]));
  expect([above([1, 30], low), above([1, 30], high)]).toEqual([2, 0]);
  expect(sliderRange(trial([]))[0]).toBeLessThan(5);
  expect(sliderRange(trial([]))[1]).toBeGreaterThan(6);
});
