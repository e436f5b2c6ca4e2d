import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { learningRate, oneCycle, stepDecay, warmupCosine } from '../index.js';

const golden: {
  stepLR800: { epoch: number; lr: number }[];
  warmupCosineLong: { baseLr: number; minLr: number; warmupSteps: number; totalSteps: number; lr: number[] };
} = JSON.parse(readFileSync(new URL('../__fixtures__/optim.json', import.meta.url), 'utf8'));

test('stepDecay is PyTorch StepLR', () => {
  for (const { epoch, lr } of golden.stepLR800) {
    expect(stepDecay(epoch, { lr: 1e-4, stepSize: 800, gamma: 0.1 })).toBeCloseTo(lr, 18);
  }
});

test('warmupCosine equals the reference, past its end too', () => {
  const {
    baseLr: lr,
    minLr: min,
    warmupSteps: warmup,
    totalSteps: total,
    lr: want,
  } = golden.warmupCosineLong;
  want.forEach((value, t) => {
    expect(warmupCosine(t, { lr, min, warmup, total })).toBeCloseTo(value, 17);
  });
});

test('the step schedule drops once, at the given share of the run', () => {
  const at = (t: number) => learningRate({ kind: 'step', at: 0.8, gamma: 0.1 }, 1e-4, t, 1000);
  expect([at(0), at(799), at(800), at(999)]).toEqual([1e-4, 1e-4, 1e-4 * 0.1, 1e-4 * 0.1]);
});

test('the cosine schedule rises to the peak and ends near zero', () => {
  const at = (t: number) => learningRate({ kind: 'cosine', warmup: 0.05 }, 1e-3, t, 200);
  expect(at(0)).toBeCloseTo(1e-4, 12);
  expect(at(9)).toBeCloseTo(1e-3, 12);
  expect(at(199)).toBeLessThan(1e-6);
});

test('oneCycle is PyTorch OneCycleLR', () => {
  const { runs }: { runs: (Omit<Parameters<typeof oneCycle>[1], 'lr'> & { lr: number[] })[] } = JSON.parse(
    readFileSync(new URL('../__fixtures__/one-cycle.json', import.meta.url), 'utf8'),
  );
  expect(runs.map(({ total }) => total)).toEqual([20, 7, 13, 3]);
  for (const { lr: want, ...options } of runs)
    want.forEach((value, t) => {
      expect(oneCycle(t, { ...options, lr: 1e-3 })).toBeCloseTo(value, 15);
    });
});

test('the one-cycle schedule has the factors of PyTorch unless others are given, and a peak at the first step if need be', () => {
  const at = (t: number, warmup = 0.25) => learningRate({ kind: 'one-cycle', warmup }, 1e-3, t, 100);
  expect([at(0), at(24), at(99)].map((lr) => lr.toPrecision(6))).toEqual([
    '0.0000400000',
    '0.00100000',
    '4.00000e-9',
  ]);
  expect(at(0, 0.01)).toBeCloseTo(1e-3, 15);
  const other = learningRate(
    { kind: 'one-cycle', warmup: 0.25, divFactor: 2, finalDivFactor: 5 },
    1e-3,
    99,
    100,
  );
  expect(other).toBeCloseTo(1e-4, 15);
});
