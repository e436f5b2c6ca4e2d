import { readFileSync } from 'node:fs';
import { expectNoLeak } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { adamwStep, globalNorm, zeroMoments } from './index.js';

interface GoldenStep {
  lr: number;
  before: number[];
  gradient: number[];
  gradNorm: number;
  after: number[];
}
interface GoldenRun {
  betas: number[];
  weightDecay: number;
  clipGlobalNorm: number | null;
  steps: GoldenStep[];
}
const golden: { runs: Record<string, GoldenRun> } = JSON.parse(
  readFileSync(new URL('./__fixtures__/optim.json', import.meta.url), 'utf8'),
);
// Our betas are PyTorch's defaults and no option, so the run with others is left out.
const runs = Object.entries(golden.runs).filter(([, { betas }]) => betas[0] === 0.9);

describe('adamwStep()', () => {
  test.each(runs)('equals PyTorch over ten steps: %s', (_name, { steps, weightDecay, clipGlobalNorm }) => {
    const variables = {
      a: tf.variable(tf.scalar(steps[0]?.before[0] ?? 0)),
      b: tf.variable(tf.tensor1d([steps[0]?.before[1] ?? 0])),
    };
    const moments = zeroMoments(variables);
    steps.forEach((step, i) => {
      const gradients = { a: tf.scalar(step.gradient[0] ?? 0), b: tf.tensor1d([step.gradient[1] ?? 0]) };
      expect(globalNorm(gradients)).toBeAllClose(step.gradNorm, { rtol: 1e-5 });
      adamwStep(variables, gradients, moments, {
        learningRate: step.lr,
        weightDecay,
        step: i,
        clipNorm: clipGlobalNorm ?? undefined,
      });
      const where = `step ${i}`;
      expect(variables.a.dataSync()[0], where).toBeCloseTo(step.after[0] ?? Number.NaN, 5);
      expect(variables.b.dataSync()[0], where).toBeCloseTo(step.after[1] ?? Number.NaN, 5);
    });
  });

  test('keeps the number of tensors', () => {
    const variables = { w: tf.variable(tf.ones([3, 2])) };
    const moments = zeroMoments(variables);
    const gradients = { w: tf.ones([3, 2]) };
    for (let step = 0; step < 3; step++) {
      expectNoLeak(() => {
        adamwStep(variables, gradients, moments, { learningRate: 0.1, weightDecay: 0.1, step, clipNorm: 1 });
        return [];
      });
    }
  });
});
