import { Random } from '@mint/internal';
import { describe, expect, test } from 'vitest';
import { brightnessOf, createDriftMonitor, type Drift } from '../index.js';

const draw = (random: Random, n: number, shift = 0) =>
  Array.from({ length: n }, () => Math.exp(random.normal() + shift));
const last = (scores: readonly number[], watch: (score: number) => Drift): Drift => {
  let drift: Drift = { count: 0, evidence: 1, alarm: false, p: 1 };
  for (const score of scores) drift = watch(score);
  return drift;
};

describe('createDriftMonitor()', () => {
  test('raises an alarm on at most the promised share of 10,000 streams that do not change', () => {
    const random = new Random(3);
    let alarms = 0;
    for (let stream = 0; stream < 10_000; stream++) {
      const watch = createDriftMonitor(draw(random, 20), { delta: 0.1, seed: stream });
      if (last(draw(random, 300), watch).alarm) alarms += 1;
    }
    // Ville: at most 0.1; four deviations of a binomial share above it would be 0.112.
    expect(alarms / 10_000).toBeLessThan(0.112);
    expect(alarms).toBeGreaterThan(0);
  });

  test('p-values of exchangeable scores, with ties, are uniform and do not correlate', () => {
    const random = new Random(4);
    const watch = createDriftMonitor([1, 2, 2, 3], { seed: 1 });
    const ps = Array.from({ length: 20_000 }, () => watch(random.int(4)).p).slice(2000);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(ps)).toBeCloseTo(0.5, 2);
    expect(mean(ps.map((p) => (p - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
    expect(Math.abs(mean(ps.slice(1).map((p, i) => (p - 0.5) * ((ps[i] ?? 0) - 0.5))))).toBeLessThan(0.003);
  });

  test.each([1.2, -1.2])('raises one soon after a shift of %d deviations, and keeps it', (shift) => {
    const random = new Random(5);
    const watch = createDriftMonitor(draw(random, 40));
    expect(last(draw(random, 100), watch).alarm).toBe(false);
    const after = last(draw(random, 60, shift), watch);
    expect(after.alarm).toBe(true);
    expect(after.evidence).toBeGreaterThan(100);
    expect(last(draw(random, 400), watch).alarm).toBe(true);
  });

  test('bets as Vovk et al. define: one step by hand', () => {
    const watch = createDriftMonitor([1, 3], { seed: 2 });
    const { p, evidence, count } = watch(5);
    // The highest of three: p is uniform in [0, 1/3]. All bets start equal, so jumping changes nothing.
    expect(p).toBeLessThan(1 / 3);
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    const first = [-2, -1, 0, 1, 2].map((bet) => (1 + bet * (p - 0.5)) / 5);
    expect(evidence).toBeCloseTo(sum(first), 12);
    const next = watch(0.5);
    expect(next.p).toBeGreaterThan(3 / 4);
    const second = first.map((c, i) => (0.99 * c + 0.01 / 5) * (1 + (i - 2) * (next.p - 0.5)));
    expect(next.evidence).toBeCloseTo(sum(second), 12);
    expect([count, next.count]).toEqual([1, 2]);
  });

  test('needs nine images where each beats all before it', () => {
    const watch = createDriftMonitor(Array.from({ length: 999 }, (_, i) => i));
    // The best bet starts with a fifth and nearly doubles: 2⁹/5 is the first power above 100.
    const evidence = Array.from({ length: 9 }, (_, i) => watch(1000 + i));
    expect(evidence.map(({ alarm }) => alarm).indexOf(true)).toBe(8);
  });

  test('repeats with its seed', () => {
    const run = () => last([1, 1, 1, 2], createDriftMonitor([1, 1], { seed: 9 }));
    expect(run()).toEqual(run());
  });

  test('refuses what makes no sense', () => {
    expect(() => createDriftMonitor([])).toThrow('no held-out score');
    expect(() => createDriftMonitor([1], { delta: 1 })).toThrow('`delta` must lie between 0 and 1');
    expect(() => createDriftMonitor([Number.NaN])).toThrow('held-out score is NaN');
    expect(() => createDriftMonitor([1])(Number.NaN)).toThrow('score 0 is NaN');
  });
});

test('brightnessOf() is the mean of all bytes', () => {
  expect(brightnessOf(Uint8Array.from([0, 255, 30, 15, 0, 0]))).toBe(50);
});
