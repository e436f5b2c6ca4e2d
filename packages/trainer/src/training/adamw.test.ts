import { readFileSync } from 'node:fs';
import { Random } from '@mint/internal';
import { expectNoLeak } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { adamwStep, globalNorm, zeroMoments } from '../index.js';

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
  readFileSync(new URL('../__fixtures__/optim.json', import.meta.url), 'utf8'),
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

  test('weights of all sizes take the steps of the formula, and one without a gradient stays', () => {
    const random = new Random(4);
    const draw = (size: number) => Float64Array.from({ length: size }, () => random.normal());
    // Two vectors, a scalar, two that are large enough to be updated by themselves.
    const shapes = { a: [7], b: [], c: [83, 61], d: [2, 3], e: [5003], idle: [5] };
    const sizes = Object.entries(shapes).map(
      ([name, shape]) => [name, shape.reduce((n, side) => n * side, 1)] as const,
    );
    const want = Object.fromEntries(
      sizes.map(([name, size]) => [
        name,
        { w: draw(size), m: new Float64Array(size), v: new Float64Array(size) },
      ]),
    );
    const tensorOf = (name: string, values: Float64Array) =>
      tf.tensor(Float32Array.from(values), shapes[name as keyof typeof shapes]);
    const variables = Object.fromEntries(
      Object.entries(want).map(([name, { w }]) => [name, tf.variable(tensorOf(name, w))]),
    );
    const moments = zeroMoments(variables);
    const [learningRate, weightDecay, clipNorm] = [0.01, 0.1, 2];
    for (let step = 0; step < 3; step++) {
      const gradients = Object.fromEntries(
        sizes.filter(([name]) => name !== 'idle').map(([name, size]) => [name, draw(size)]),
      );
      const norm = Math.sqrt(
        Object.values(gradients).reduce((sum, g) => g.reduce((part, x) => part + x * x, sum), 0),
      );
      const clip = Math.min(1, clipNorm / (norm + 1e-6));
      for (const [name, g] of Object.entries(gradients)) {
        const { w, m, v } = want[name] as { w: Float64Array; m: Float64Array; v: Float64Array };
        g.forEach((raw, i) => {
          const x = raw * clip;
          m[i] = 0.9 * (m[i] ?? 0) + 0.1 * x;
          v[i] = 0.999 * (v[i] ?? 0) + 0.001 * x * x;
          const root = Math.sqrt((v[i] ?? 0) / (1 - 0.999 ** (step + 1))) + 1e-8;
          const change = (learningRate / (1 - 0.9 ** (step + 1))) * ((m[i] ?? 0) / root);
          w[i] = (w[i] ?? 0) * (1 - learningRate * weightDecay) - change;
        });
      }
      const tensors = Object.fromEntries(
        Object.entries(gradients).map(([name, g]) => [name, tensorOf(name, g)]),
      );
      adamwStep(variables, tensors, moments, { learningRate, weightDecay, step, clipNorm });
    }
    for (const [name, { w, m, v }] of Object.entries(want)) {
      expect(variables[name], name).toBeAllClose(tensorOf(name, w), { rtol: 1e-4, atol: 1e-6 });
      expect(moments.first[name], `${name}, first`).toBeAllClose(tensorOf(name, m), { rtol: 1e-4 });
      expect(moments.second[name], `${name}, second`).toBeAllClose(tensorOf(name, v), {
        rtol: 1e-4,
        atol: 1e-10,
      });
    }
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
