import '@mint/test-utils';
import './index.js';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeEach, describe, expect, test } from 'vitest';
import { onnxStats, setOnnxOptions } from './index.js';

beforeEach(async () => {
  await tf.setBackend('onnx');
});

/** The counts that one run of `fn` adds. */
// The graphs here are small, and about sessions.
setOnnxOptions({ smallGraphs: 'onnx' });

async function counted(fn: () => Promise<void>): Promise<{ compiles: number; runs: number }> {
  const before = onnxStats();
  await fn();
  const after = onnxStats();
  return { compiles: after.compiles - before.compiles, runs: after.runs - before.runs };
}

// Known from the start: a lazy operand would be part of the first graph only.
const ramp = (shape: number[], scale = 0.1): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => i * scale),
    shape,
  );

describe('lazy tensors', () => {
  test('one read computes every tensor that is still referenced, in one run', async () => {
    const counts = await counted(async () => {
      const x = tf.tensor([1, 2, 3]);
      const [y, z] = [tf.square(x), tf.sub(x, 1)];
      expect(await y.data()).toEqual(new Float32Array([1, 4, 9]));
      expect(await z.data()).toEqual(new Float32Array([0, 1, 2]));
      tf.dispose([x, y, z]);
    });
    expect(counts.runs).toBe(1);
  });

  test('a disposed tensor that another one needs is still computed', async () => {
    const x = tf.tensor([1, 2, 3]);
    const y = tf.exp(tf.mul(x, 0));
    const z = tf.add(y, x);
    tf.dispose([x, y]);
    expect(await z.data()).toEqual(new Float32Array([2, 3, 4]));
    z.dispose();
  });

  test('a tensor may be disposed, and others recorded, while a read is under way', async () => {
    const x = tf.tensor([1, 2]);
    const y = tf.mul(x, 3);
    const first = y.data();
    const later = tf.add(y, 1);
    y.dispose();
    expect(await first).toEqual(new Float32Array([3, 6]));
    expect(await later.data()).toEqual(new Float32Array([4, 7]));
    tf.dispose([x, later]);
  });

  test('dataSync computes too', () => {
    const y = tf.tidy(() => tf.add(tf.tensor([1, 2]), 0.5));
    expect(y.dataSync()).toEqual(new Float32Array([1.5, 2.5]));
    y.dispose();
  });

  test('changing the array a tensor was made from does not change the tensor', async () => {
    const values = new Float32Array([1, 2]);
    const x = tf.tensor(values);
    const y = tf.mul(x, 2);
    values.fill(7);
    expect(await y.data()).toEqual(new Float32Array([2, 4]));
    tf.dispose([x, y]);
  });

  test('interleaved graphs keep their own results', async () => {
    const results: number[] = [];
    for (let i = 0; i < 6; i++) {
      const x = tf.scalar(i);
      const y = i % 2 === 0 ? tf.add(x, 10) : tf.mul(x, 10);
      results.push((await y.data())[0] ?? Number.NaN);
      tf.dispose([x, y]);
    }
    expect(results).toEqual([10, 10, 12, 30, 14, 50]);
  });

  test('tensors move between backends', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor([
      [1, 2],
      [3, 4],
    ]);
    await tf.setBackend('onnx');
    const y = tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D);
    await tf.setBackend('cpu');
    const z = tf.add(y, 1);
    expect(z.dataSync()).toEqual(new Float32Array([8, 11, 16, 23]));
    tf.dispose([x, y, z]);
  });
});

describe('memory', () => {
  test('50 training steps keep the number of tensors and data ids, and compile once', async () => {
    const [w, b] = [tf.variable(ramp([37, 41])), tf.variable(tf.zeros([41]))];
    const x = ramp([5, 37], 0.01);
    const optimizer = tf.train.adam(1e-3);
    const step = async () => {
      const loss = optimizer.minimize(
        () => tf.mean(tf.square(tf.add(tf.matMul(x, w), b))) as tf.Scalar,
        true,
      );
      const [value] = (await loss?.data()) ?? [];
      loss?.dispose();
      return value ?? Number.NaN;
    };
    const first = await step();
    const tensors = tf.memory().numTensors;
    const ids = tf.backend().numDataIds();
    let last = first;
    const counts = await counted(async () => {
      for (let i = 0; i < 50; i++) last = await step();
    });
    expect(counts).toEqual({ compiles: 0, runs: 50 });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(tf.backend().numDataIds()).toBe(ids);
    expect(last).toBeLessThan(first);
    optimizer.dispose();
    tf.dispose([w, b, x]);
  });

  test('arrays that were read, or that a slice shares, are never written to again', async () => {
    const step = async (i: number) => {
      const y = tf.tidy(() => tf.add(tf.zeros([2048]), i));
      const values = await y.data();
      return { y, values };
    };
    const { y, values } = await step(1);
    y.dispose();
    const hidden = tf.tidy(() => tf.add(tf.zeros([2048]), 5));
    const [one] = await Promise.all([tf.tidy(() => tf.sum(hidden))].map((sum) => sum.data()));
    expect(one?.[0]).toBe(5 * 2048);
    const half = tf.slice(hidden, [1024], [1024]);
    hidden.dispose();
    for (let i = 2; i < 6; i++) {
      const next = tf.tidy(() => tf.add(tf.zeros([2048]), i));
      const total = tf.sum(next);
      await total.data();
      tf.dispose([next, total]);
    }
    expect(values.every((value) => value === 1)).toBe(true);
    expect((await half.data()).every((value) => value === 5)).toBe(true);
    half.dispose();
  });

  test('the session cache stays within its bound', async () => {
    setOnnxOptions({ cacheSessions: 3 });
    for (let n = 1; n <= 8; n++) {
      const y = tf.tidy(() => tf.exp(tf.zeros([n])));
      await y.data();
      y.dispose();
    }
    expect(onnxStats().cachedSessions).toBe(3);
    setOnnxOptions({ cacheSessions: 32 });
  });
});

describe('compiled graphs', () => {
  test('a window at another offset needs no new graph', async () => {
    const pool = ramp([1000], 1);
    const square = ramp([9, 11], 1);
    const windows = async (i: number) => {
      const y = tf.tidy(() => tf.mul(tf.reshape(tf.slice(pool, [i], [6]), [2, 3]), 2));
      const z = tf.tidy(() => tf.mul(tf.slice(square, [1, i], [5, 2]), 2));
      const [a, b] = await Promise.all([y.data(), z.data()]);
      tf.dispose([y, z]);
      expect([...a]).toEqual([0, 1, 2, 3, 4, 5].map((j) => 2 * (i + j)));
      expect([...b].slice(0, 4)).toEqual([11 + i, 12 + i, 22 + i, 23 + i].map((v) => 2 * v));
    };
    await windows(0);
    const counts = await counted(async () => {
      for (let i = 1; i < 9; i++) await windows(i);
    });
    expect(counts.compiles).toBe(0);
    tf.dispose([pool, square]);
  });

  test('a scalar with another value needs no new graph', async () => {
    const x = ramp([7]);
    const scaled = async (factor: number) => {
      const y = tf.tidy(() => tf.add(tf.mul(x, tf.scalar(factor)), factor));
      const values = await y.data();
      y.dispose();
      return values[1];
    };
    expect(await scaled(2)).toBeCloseTo(2.2);
    const counts = await counted(async () => expect(await scaled(3)).toBeCloseTo(3.3));
    expect(counts.compiles).toBe(0);
    x.dispose();
  });

  test('weights that stay the same are built in, and a changed one is noticed', async () => {
    const weights = tf.variable(tf.ones([3, 3, 32, 8]));
    const input = tf.ones([1, 5, 5, 32]) as tf.Tensor4D;
    const centre = async (factor: number) => {
      const y = tf.tidy(() => {
        const x = tf.mul(input, factor) as tf.Tensor4D;
        return tf.slice(tf.conv2d(x, weights as tf.Tensor4D, 1, 'same'), [0, 2, 2, 0], [1, 1, 1, 1]);
      });
      const [value] = await y.data();
      y.dispose();
      return value;
    };
    expect(await centre(1)).toBe(288);
    expect(onnxStats().lastFrozenInputs).toBe(0);
    expect(await centre(2)).toBe(576);
    expect(onnxStats().lastFrozenInputs).toBe(2); // the input too: only the factor differs from call to call
    const counts = await counted(async () => expect(await centre(3)).toBe(864));
    expect(counts.compiles).toBe(0);
    weights.assign(tf.tensor(new Float32Array(3 * 3 * 32 * 8).fill(2), [3, 3, 32, 8]));
    expect(await centre(1)).toBe(576);
    expect(onnxStats().lastFrozenInputs).toBe(0);
    // Next time it takes two unchanged runs.
    expect(await centre(2)).toBe(1152);
    expect(onnxStats().lastFrozenInputs).toBe(0);
    expect(await centre(3)).toBe(1728);
    expect(onnxStats().lastFrozenInputs).toBe(2);
    tf.dispose([weights, input]);
  });

  test('weights that change every step are never built in', async () => {
    const w = tf.variable(ramp([64, 64], 1e-3));
    const x = ramp([3, 64], 1e-2);
    const counts = await counted(async () => {
      for (let i = 0; i < 6; i++) {
        const y = tf.tidy(() => tf.sum(tf.matMul(x, w)));
        w.assign(tf.tidy(() => tf.mul(w, 0.9)));
        await y.data();
        y.dispose();
      }
    });
    expect(counts).toEqual({ compiles: 1, runs: 6 });
    tf.dispose([w, x]);
  });
});

describe('refusals', () => {
  test('text and complex tensors', () => {
    expect(() => tf.tensor(['a'])).toThrow(/string tensors are not supported/);
    expect(() => tf.complex([1], [2])).toThrow(/not registered|complex64/);
  });

  test('a kernel that is missing fails at the call, with the message of tfjs', () => {
    expect(() => tf.spectral.fft(tf.zeros([4]))).toThrow();
    expect(() => tf.complex([1], [2])).toThrow(/Kernel 'Complex' not registered for backend 'onnx'/);
  });
});

test('a small convolutional network of tfjs-layers learns the same as on cpu', async () => {
  const losses: number[][] = [];
  for (const backend of ['cpu', 'onnx']) {
    await tf.setBackend(backend);
    const uniform = (seed: number) => tfl.initializers.glorotUniform({ seed });
    const model = tfl.sequential({
      layers: [
        tfl.layers.conv2d({
          inputShape: [7, 5, 2],
          filters: 3,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          kernelInitializer: uniform(1),
        }),
        tfl.layers.batchNormalization(),
        tfl.layers.maxPooling2d({ poolSize: 2 }),
        tfl.layers.flatten(),
        tfl.layers.dense({ units: 11, activation: 'tanh', kernelInitializer: uniform(2) }),
        tfl.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: uniform(3) }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    const x = tf.sin(ramp([13, 7, 5, 2], 1.7));
    const y = tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 'int32'), 3);
    const history = await model.fit(x, y, { epochs: 4, batchSize: 5, shuffle: false });
    losses.push(history.history.loss as number[]);
    model.dispose();
    tf.dispose([x, y]);
  }
  expect(tf.tensor(losses[1] as number[])).toBeAllClose(losses[0] as number[], { rtol: 1e-3 });
});
