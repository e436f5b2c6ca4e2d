import '@mint/test-utils';
import '../index.js';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { onnxStats, setOnnxOptions } from '../index.js';
import { compilesTooMuch } from './session-cache.js';

// The graphs here are small, and about sessions.
setOnnxOptions({ threads: 1, smallGraphs: 'onnx' });

beforeEach(async () => {
  await tf.setBackend('onnx');
});

async function compilesOf(fn: () => Promise<void>): Promise<number> {
  const before = onnxStats().compiles;
  await fn();
  return onnxStats().compiles - before;
}

/** Sum of the squares of 0 … n − 1, through operators whose target shapes hold n. */
async function squares(n: number, width: number): Promise<number> {
  const total = tf.tidy(() => {
    const x = tf.tensor(
      Float32Array.from({ length: n * width }, (_, i) => Math.floor(i / width)),
      [n, width],
    );
    const padded = tf.pad(tf.reshape(tf.mul(x, x), [n, 1, width]), [
      [1, 0],
      [0, 0],
      [0, 1],
    ]);
    const tiled = tf.tile(tf.slice(padded, [1, 0, 0], [n, 1, width]), [1, 2, 1]);
    return tf.div(tf.sum(tf.reshape(tiled, [2 * n, width])), 2 * width);
  });
  const [value = Number.NaN] = await total.data();
  total.dispose();
  return value;
}

describe('shapes that keep changing', () => {
  test('300 batch sizes, and then widths, compile two graphs of their own and a shared one each', async () => {
    const batches = await compilesOf(async () => {
      for (let n = 2; n < 302; n++) {
        const expected = ((n - 1) * n * (2 * n - 1)) / 6;
        expect((await squares(n, 3)) / expected).toBeCloseTo(1, 5);
      }
    });
    expect(batches).toBe(3);
    const widths = await compilesOf(async () => {
      for (let width = 4; width < 50; width++) expect(await squares(5, width)).toBeCloseTo(30, 3);
    });
    expect(widths).toBe(1);
  });

  test('the shapes seen first keep graphs of their own', async () => {
    const compiles = await compilesOf(async () => {
      for (const n of [2, 3, 302, 2, 3, 17]) await squares(n, 3);
    });
    expect(compiles).toBe(0);
  });

  test('a shared graph is widened when its first shapes are long forgotten', async () => {
    const count = async (n: number, width: number) => {
      const x = tf.tensor(new Float32Array(n * width), [n, width]);
      const total = tf.tidy(() => tf.sum(tf.tile(tf.exp(x), [1, n])));
      expect(await total.data()).toEqual(new Float32Array([n * n * width]));
      tf.dispose([x, total]);
    };
    for (let n = 2; n < 5; n++) await count(n, 3);
    setOnnxOptions({ cacheSessions: 1 });
    await count(5, 3);
    setOnnxOptions({ cacheSessions: 32 });
    const compiles = await compilesOf(async () => {
      for (let n = 6; n < 12; n++) await count(n, n);
    });
    expect(compiles).toBe(1);
  });

  test('a shared graph has frozen weights too, and notices new weights', async () => {
    const weights = tf.variable(tf.ones([64, 32]));
    const rows = async (n: number) => {
      const y = tf.tidy(() => tf.matMul(tf.ones([n, 64]), weights as tf.Tensor2D));
      const [value] = await y.data();
      y.dispose();
      return value;
    };
    for (const n of [20, 21, 22, 23]) expect(await rows(n)).toBe(64);
    expect(onnxStats().lastFrozenInputs).toBe(1);
    weights.assign(tf.fill([64, 32], 2));
    for (const n of [24, 25]) expect(await rows(n)).toBe(128);
    expect(onnxStats().lastFrozenInputs).toBe(0);
    weights.dispose();
  });
});

test('a weight that is split at each call is part of the session, once it stays the same', async () => {
  const weights = tf.ones([64, 96]);
  const call = async (x: number) => {
    const y = tf.tidy(() => {
      const parts = tf.split(weights, 3, 1) as tf.Tensor2D[];
      return tf.addN(parts.map((part) => tf.matMul(tf.fill<tf.Rank.R2>([16, 64], x), part)));
    });
    const [value] = await y.data();
    y.dispose();
    return value;
  };
  for (const x of [1, 2, 3]) expect(await call(x)).toBe(192 * x);
  expect(onnxStats().lastFrozenInputs).toBe(1);
  weights.dispose();
});

describe('the cache', () => {
  test('is bounded by bytes, which count built-in weights and intermediate results', async () => {
    tf.removeBackend('onnx');
    const { registerOnnxBackend } = await import('../index.js');
    registerOnnxBackend();
    await tf.setBackend('onnx');
    const MB = 1024 * 1024;
    // exp of 1 MB is the intermediate result; its sum the output. Ranks differ, so the structures do.
    const run = async (rank: number) => {
      const y = tf.tidy(() => tf.sum(tf.exp(tf.zeros([...Array<number>(rank).fill(1), MB / 4]))));
      await y.data();
      y.dispose();
    };
    await run(0);
    const one = onnxStats().cachedBytes;
    expect(one).toBeGreaterThan(MB);
    expect(one).toBeLessThan(1.01 * MB);
    setOnnxOptions({ cacheBytes: 3 * MB });
    for (let rank = 1; rank < 5; rank++) await run(rank);
    expect(onnxStats().cachedSessions).toBe(2);
    expect(onnxStats().cachedBytes).toBeLessThanOrEqual(3 * MB);
    // The graph that was used last stays, however large it is.
    setOnnxOptions({ cacheBytes: 1 });
    expect(await compilesOf(() => run(4))).toBe(0);
    expect(onnxStats().cachedSessions).toBe(1);
    setOnnxOptions({ cacheBytes: 2 ** 30 });
  });

  test('the least recently used graph goes first', async () => {
    setOnnxOptions({ cacheSessions: 2 });
    const run = (op: (x: tf.Tensor) => tf.Tensor) => async () => {
      const y = tf.tidy(() => op(tf.tensor([1, 2])));
      await y.data();
      y.dispose();
    };
    const [a, b, c] = [run(tf.sinh), run(tf.cosh), run(tf.tan)];
    for (const step of [a, b, a, c]) await step();
    expect(await compilesOf(a)).toBe(0);
    expect(await compilesOf(b)).toBe(1);
    setOnnxOptions({ cacheSessions: 32 });
  });

  test('another number of threads compiles graphs again', async () => {
    const step = () => squares(4, 4).then(() => undefined);
    await step();
    setOnnxOptions({ threads: 2 });
    expect(await compilesOf(step)).toBe(1);
    setOnnxOptions({ threads: 1 });
  });

  test('programs that mostly compile are warned', () => {
    const stats = onnxStats();
    expect(compilesTooMuch({ ...stats, compileMs: 30_000, runMs: 20_000 })).toBe(true);
    expect(compilesTooMuch({ ...stats, compileMs: 30_000, runMs: 40_000 })).toBe(false);
    expect(compilesTooMuch({ ...stats, compileMs: 10_000, runMs: 1 })).toBe(false);
  });
});
