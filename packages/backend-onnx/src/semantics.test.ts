import '@mint/test-utils';
import './index.js';
import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { onnxStats, registerOnnxBackend, setOnnxOptions } from './index.js';

setOnnxOptions({ threads: 1 });

beforeEach(async () => {
  await tf.setBackend('onnx');
});

const poolBytes = () => (tf.memory() as tf.MemoryInfo & { numBytesInPool: number }).numBytesInPool;

describe('reading', () => {
  test('dataSync, arraySync, data and array give the same, and a second read costs no run', async () => {
    const y = tf.tidy(() => tf.mul(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), 2));
    const rows = [
      [2, 4, 6],
      [8, 10, 12],
    ];
    const before = onnxStats().runs;
    expect(y.dataSync()).toEqual(new Float32Array(rows.flat()));
    expect(y.arraySync()).toEqual(rows);
    expect(await y.data()).toEqual(new Float32Array(rows.flat()));
    expect(await y.array()).toEqual(rows);
    expect(onnxStats().runs - before).toBe(1);
    y.dispose();
  });

  test('an awaited read lets timers in', async () => {
    let fired = false;
    setImmediate(() => {
      fired = true;
    });
    const y = tf.tidy(() => tf.exp(tf.tensor1d([0])));
    await y.data();
    expect(fired).toBe(true);
    y.dispose();
  });
});

describe('tf.memory()', () => {
  test('counts tensors that are alive exactly, computed or not', async () => {
    const before = tf.memory();
    expect(before.unreliable).toBe(false);
    const x = tf.ones([5, 7]);
    const y = tf.square(x);
    const mask = tf.greater(y, 0);
    const alias = tf.reshape(y, [7, 5]);
    const lazy = tf.memory();
    expect(lazy.numTensors - before.numTensors).toBe(4);
    expect(lazy.numDataBuffers - before.numDataBuffers).toBe(3);
    expect(lazy.numBytes - before.numBytes).toBe(35 * 4 * 3 + 35);
    await y.data();
    const { numTensors, numBytes } = tf.memory();
    expect([numTensors, numBytes]).toEqual([lazy.numTensors, lazy.numBytes]);
    tf.dispose([x, y, mask, alias]);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });

  test('numBytesInPool are the arrays of former tensors, which a later result takes', async () => {
    const make = () => tf.tidy(() => tf.add(tf.ones([12_345]), 1));
    const total = async (x: tf.Tensor) => {
      const sum = tf.sum(x);
      const [value] = await sum.data();
      sum.dispose();
      return value;
    };
    const y = make();
    await total(y);
    const before = poolBytes();
    y.dispose();
    await total(tf.tensor1d([1, 2])); // arrays are free once nothing that is recorded can read them
    expect(poolBytes() - before).toBe(12_345 * 4);
    const again = make();
    expect(await total(again)).toBe(24_690);
    expect(poolBytes()).toBe(before);
    again.dispose();
  });
});

describe('tf.time() and tf.profile()', () => {
  test('kernelMs is the running time: no compiling, no earlier work', async () => {
    const x = tf.randomUniform([400, 400]);
    const pending = tf.square(x);
    const work = () => tf.tidy(() => tf.keep(tf.exp(tf.cumsum(tf.cos(x), 1))));
    const first = await tf.time(work);
    const stats = onnxStats();
    expect(first.kernelMs).toBeGreaterThan(0);
    expect(first.wallMs).toBeGreaterThan(first.kernelMs as number);
    const second = await tf.time(work);
    expect(onnxStats().compiles).toBe(stats.compiles);
    expect(second.kernelMs).toBeCloseTo(onnxStats().runMs - stats.runMs, 6);
    expect((await tf.time(() => tf.cos(x).dispose())).kernelMs).toBe(0); // nothing was asked for
    tf.dispose([x, pending]);
  });

  test('profile() names each kernel with its own time, bytes and new tensors', async () => {
    const x = tf.ones([300, 200]) as tf.Tensor2D;
    const profile = await tf.profile(() => tf.tidy(() => tf.sum(tf.matMul(x, x, false, true))));
    expect(profile.kernels.map(({ name }) => name)).toEqual(['BatchMatMul', 'Sum']);
    expect(profile.newTensors).toBe(1);
    expect(profile.newBytes).toBe(4);
    expect(profile.peakBytes).toBeGreaterThanOrEqual(300 * 300 * 4);
    for (const { kernelTimeMs } of profile.kernels) expect(kernelTimeMs).toBeGreaterThan(0);
    expect(await (profile.result as tf.Tensor).data()).toEqual(new Float32Array([300 * 300 * 200]));
    tf.dispose([x, profile.result as tf.Tensor]);
  });
});

describe('tidy, keep and variables', () => {
  test('tidy frees what is not returned, kept or a variable', async () => {
    const before = tf.memory().numTensors;
    let kept: tf.Tensor | undefined;
    let variable: tf.Variable | undefined;
    const y = tf.tidy(() => {
      const x = tf.ones([3]);
      kept = tf.keep(tf.mul(x, 2));
      variable = tf.variable(tf.add(kept, x));
      return tf.add(variable, kept);
    });
    expect(tf.memory().numTensors - before).toBe(3);
    expect(await y.data()).toEqual(new Float32Array([5, 5, 5]));
    expect(await kept?.data()).toEqual(new Float32Array([2, 2, 2]));
    variable?.assign(tf.tidy(() => tf.sub(y, 1)));
    expect(await variable?.data()).toEqual(new Float32Array([4, 4, 4]));
    y.dispose();
    expect(() => y.dataSync()).toThrow('Tensor is disposed');
    kept?.dispose();
    variable?.dispose();
  });

  test('an assigned variable does not change what was recorded before', async () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const y = tf.mul(w, 10);
    w.assign(tf.tensor1d([3, 4]));
    const z = tf.mul(w, 10);
    expect(await z.data()).toEqual(new Float32Array([30, 40]));
    expect(await y.data()).toEqual(new Float32Array([10, 20]));
    tf.dispose([w, y, z]);
  });
});

describe('tensors of another backend', () => {
  test('values, types and references survive both ways, variables too', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor2d([1, -2, 3.5, 4], [2, 2]);
    const alias = tf.reshape(x, [4]); // two tensors, one data id
    const flags = tf.tensor1d([true, false], 'bool');
    const counts = tf.tensor1d([7, -9], 'int32');
    const w = tf.variable(tf.tensor1d([1, 2]), true, 'moving-weight');
    await tf.setBackend('onnx');
    const y = tf.add(tf.matMul(x, x), w);
    w.assign(tf.tidy(() => tf.mul(w, 3)));
    const either = tf.logicalOr(flags, tf.tensor1d([false, false], 'bool'));
    const more = tf.add(counts, tf.scalar(1, 'int32'));
    expect(await alias.data()).toEqual(new Float32Array([1, -2, 3.5, 4]));
    x.dispose();
    expect(await alias.data()).toEqual(new Float32Array([1, -2, 3.5, 4]));
    await tf.setBackend('cpu');
    const z = tf.sub(y, tf.reshape(alias, [2, 2]));
    expect(z.arraySync()).toEqual([
      [1 - 7 + 1 - 1, -2 - 8 + 2 + 2],
      [3.5 + 14 + 1 - 3.5, -7 + 16 + 2 - 4],
    ]);
    expect(tf.logicalNot(either).dataSync()).toEqual(new Uint8Array([0, 1]));
    expect(tf.mul(more, 2).dataSync()).toEqual(new Float32Array([16, -16]));
    expect(tf.mul(w, 1).dataSync()).toEqual(new Float32Array([3, 6]));
    tf.disposeVariables();
    await tf.setBackend('onnx');
    expect(await tf.mul(more, more).data()).toEqual(new Int32Array([64, 64]));
  });

  test('a reference on each backend: the values go with the last', async () => {
    await tf.setBackend('cpu');
    const ids = tf.engine().backend.numDataIds();
    const x = tf.tensor1d([1, 2, 3]);
    const alias = tf.reshape(x, [3, 1]);
    await tf.setBackend('onnx');
    const onnxIds = tf.engine().backend.numDataIds();
    const y = tf.add(x, 1);
    expect(tf.engine().backend.refCount(x.dataId)).toBe(2);
    expect(tf.engine().backend.numDataIds()).toBe(onnxIds + 2); // x, which moved, and y
    x.dispose();
    expect(await tf.tidy(() => tf.mul(alias, 2)).data()).toEqual(new Float32Array([2, 4, 6]));
    tf.dispose([alias, y]);
    await tf.setBackend('cpu');
    expect(tf.engine().backend.numDataIds()).toBe(ids);
  });
});

describe('errors are thrown by the call that caused them', () => {
  const z = (shape: number[], dtype: tf.DataType = 'float32'): tf.Tensor4D =>
    tf.zeros(shape as [number, number, number, number], dtype);
  const mistakes: [string, () => unknown, RegExp][] = [
    ['matMul', () => tf.matMul(z([2, 3]), z([4, 5])), /inner shapes \(3\) and \(4\)/],
    ['batched matMul', () => tf.matMul(z([2, 2, 3]), z([5, 3, 2])), /could not be broadcast/],
    ['add', () => tf.add(z([2, 3]), z([4])), /could not be broadcast/],
    ['where', () => tf.where(z([2, 3], 'bool'), z([2, 3]), z([4])), /could not be broadcast/],
    ['concat', () => tf.concat([z([2, 3]), z([3, 4])]), /Error in concat2D/],
    ['stack', () => tf.stack([z([2]), z([3])]), /must have matching shapes/],
    ['reshape', () => tf.reshape(z([2, 3]), [7]), /Size\(6\) must match/],
    ['slice', () => tf.slice(z([2, 3]), [0, 2], [2, 3]), /Error in slice2D/],
    ['conv2d', () => tf.conv2d(z([1, 5, 5, 3]), z([3, 3, 4, 2]), 1, 'same'), /depth of input \(3\)/],
    ['einsum', () => tf.einsum('ij,jk->ik', z([2, 3]), z([4, 5])), /Expected dimension 3/],
    ['gather', () => tf.gather(z([3, 2]), tf.tensor1d([5], 'int32')), /index value 5 is not in \[0, 2\]/],
    ['gather, float', () => tf.gather(z([3]), z([1])), /Argument 'indices' passed to 'gather/],
    ['segments', () => tf.unsortedSegmentSum(z([3, 2]), tf.tensor1d([0, 1], 'int32'), 2), /match/],
    ['logicalAnd, float', () => tf.logicalAnd(z([2]), z([2])), /Argument 'a' passed to 'logicalAnd'/],
    ['sum', () => tf.sum(z([2]), 3), /axis/],
    ['cumsum', () => tf.cumsum(z([2]), 1), /axis/],
    ['batchNorm', () => tf.batchNorm(z([1, 2, 2, 3]), z([4]), z([4])), /broadcast/],
    ['topk', () => tf.topk(z([3]), 4), /must be <= the last dimension/],
    ['split', () => tf.split(z([5]), [2, 2]), /sum of sizes/],
    ['fused bias', () => tf.fused.matMul({ a: z([2, 3]), b: z([3, 4]), bias: z([3]) }), /broadcast/],
    ['assign, shape', () => tf.variable(z([2])).assign(z([3])), /shape of the new value/],
    ['assign, dtype', () => tf.variable(z([2])).assign(z([2], 'int32')), /dtype of the new value/],
  ];
  test.each(mistakes)('%s', async (_, mistake, message) => {
    const before = onnxStats().runs;
    expect(() => tf.tidy(() => void mistake())).toThrow(message);
    expect(onnxStats().runs).toBe(before);
    expect(await tf.tidy(() => tf.add(1, 1)).data()).toEqual(new Float32Array([2]));
  });
});

describe('a run that fails', () => {
  const failing = () =>
    tf.tidy(() => tf.gather(tf.zeros([17, 19]), tf.cast(tf.add(tf.tensor1d([40.5]), 1), 'int32')));

  test('is a MintError that names the largest tensors', async () => {
    const y = failing();
    const error = await y.data().catch((reason: unknown) => reason);
    expect(MintError.isInstance(error) && error.code).toBe('COMPUTE_FAILED');
    expect(String(error)).toMatch(/Gather/);
    expect(String(error)).toMatch(/largest tensors: \[17,19\] float32 of a known tensor \(1\.3 kB\)/);
    expect(() => y.dataSync()).toThrow(/largest tensors/); // still, and every time
    y.dispose();
  });

  test('affects no other tensor, whichever is read first', async () => {
    const sums = [tf.tidy(() => tf.sum(tf.ones([40]))), tf.tidy(() => tf.sum(tf.ones([50])))];
    const y = failing();
    expect(await sums[0]?.data()).toEqual(new Float32Array([40]));
    await expect(y.data()).rejects.toThrow(/Gather/);
    const later = tf.tidy(() => tf.mul(tf.ones([60]), 3));
    expect((await later.data())[59]).toBe(3);
    expect(await sums[1]?.data()).toEqual(new Float32Array([50]));
    tf.dispose([...sums, y, later]);
  });
});

test('tensors that a failed run left uncomputed keep their inputs, though the tensors of these are gone', async () => {
  const waiting = [1, 2, 3].map((i) => tf.tidy(() => tf.square(tf.tensor1d(new Float32Array(777).fill(i)))));
  const failing = tf.tidy(() => tf.gather(tf.zeros([9]), tf.cast(tf.add(tf.tensor1d([40.5]), 1), 'int32')));
  for (const [i, x] of waiting.entries()) {
    const values = await x.data();
    expect(values.every((value) => value === (i + 1) ** 2)).toBe(true);
    // Arrays of that length that are made and disposed now would be written to next.
    tf.dispose([tf.tensor1d(new Float32Array(777).fill(50)), x]);
    await tf.tidy(() => tf.sqrt(tf.tensor1d(new Float32Array(777).fill(60)))).data();
  }
  failing.dispose();
});

describe("tf.removeBackend('onnx')", () => {
  test('frees sessions, arrays and tensors; registered again, the backend works', async () => {
    const x = tf.ones([1000]);
    const y = tf.tidy(() => tf.exp(x));
    await tf.tidy(() => tf.sum(y)).data();
    expect(onnxStats().cachedSessions).toBeGreaterThan(0);
    const backend = tf.backend();
    tf.removeBackend('onnx');
    expect(onnxStats().cachedSessions).toBe(0);
    expect(onnxStats().cachedBytes).toBe(0);
    expect(backend.numDataIds()).toBe(0);
    expect((backend.memory() as { numBytesInPool?: number }).numBytesInPool).toBe(0);
    registerOnnxBackend();
    await tf.setBackend('onnx');
    expect(() => y.dataSync()).toThrow(/tf.removeBackend.* freed the values/);
    expect(() => tf.add(y, 1)).toThrow(/tf.removeBackend.* freed the values/);
    tf.dispose([x, y]);
    expect(onnxStats()).toMatchObject({ compiles: 0, runs: 0 });
    expect(await tf.tidy(() => tf.add(tf.ones([2]), 1)).data()).toEqual(new Float32Array([2, 2]));
  });
});
