import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { learningRate, stepDecay, warmupCosine } from './index.js';

const golden: {
  stepLR800: { epoch: number; lr: number }[];
  warmupCosineLong: { baseLr: number; minLr: number; warmupSteps: number; totalSteps: number; lr: number[] };
} = JSON.parse(readFileSync(new URL('./__fixtures__/optim.json', import.meta.url), 'utf8'));

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
