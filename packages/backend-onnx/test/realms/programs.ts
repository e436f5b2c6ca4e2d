import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { exportOnnx } from '@mint/backend-onnx';
import * as tf from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';

/** What test runners have in common here. */
interface Expectation {
  toBe(value: unknown): void;
  toEqual(value: unknown): void;
}

type Expect = (value: unknown) => Expectation;

/**
 * Small programs for test runners that run tests in a realm of their own: their `Float32Array`, `Error` and `Object` are not
 * those of Node's own modules and of ONNX Runtime's binding.
 */
export const PROGRAMS: Record<string, (expect: Expect) => Promise<void>> = {
  async 'products and sums of every type'(expect) {
    await tf.setBackend('onnx');
    const a = tf.tensor2d(new Float32Array([1, 2, 3, 4]), [2, 2]);
    const b = tf.matMul(a, a);
    expect(Array.from(await b.data())).toEqual([7, 10, 15, 22]);
    const c = tf.tensor1d([1, 2, 3], 'int32');
    expect(Array.from(await tf.add(c, c).data())).toEqual([2, 4, 6]);
    const d = tf.tensor(new Uint8Array([1, 2, 3]));
    expect(Array.from(await tf.mul(d, d).data())).toEqual([1, 4, 9]);
    expect(Array.from(await tf.logicalNot(tf.tensor1d([true, false])).data())).toEqual([0, 1]);
  },

  async 'results are arrays of the realm that reads them'(expect) {
    await tf.setBackend('onnx');
    const x = tf.add(tf.tensor1d([1, 2]), 1);
    expect((await x.data()) instanceof Float32Array).toBe(true);
    expect(tf.cast(x, 'int32').dataSync() instanceof Int32Array).toBe(true);
    expect(tf.greater(x, 2).dataSync() instanceof Uint8Array).toBe(true);
    expect(await tf.stack([x, x]).array()).toEqual([
      [2, 3],
      [2, 3],
    ]);
  },

  async 'arrays of another realm'(expect) {
    await tf.setBackend('onnx');
    const other = createContext({});
    for (const [code, dtype] of [
      ['new Float32Array([1, 2, 3])', 'float32'],
      ['new Int32Array([1, 2, 3])', 'int32'],
      ['new Uint8Array([1, 2, 3])', 'int32'],
    ] as const) {
      const x = tf.tensor1d(runInContext(code, other), dtype);
      expect(Array.from(await tf.mul(x, x).data())).toEqual([1, 4, 9]);
    }
    const bytes = tf.tensor1d(Buffer.from([1, 2, 3]), 'int32');
    expect(Array.from(await tf.mul(bytes, bytes).data())).toEqual([1, 4, 9]);
  },

  async 'a graph that is run many times, with large results'(expect) {
    await tf.setBackend('onnx');
    const weight = tf.ones([300, 300]) as tf.Tensor2D;
    for (let run = 1; run <= 4; run++) {
      const result = tf.tidy(() => tf.relu(tf.matMul(tf.fill([300, 300], run), weight)));
      expect((await result.data())[0]).toBe(300 * run);
    }
  },

  async 'an error of a run'(expect) {
    await tf.setBackend('onnx');
    const index = tf.add(tf.tensor1d([7], 'int32'), tf.scalar(1, 'int32'));
    let message = '';
    let code = '';
    try {
      await tf.gather(tf.tensor1d([1, 2]), tf.cast(index, 'int32')).data();
    } catch (error) {
      const thrown = error as { code: string; message: string };
      [code, message] = [thrown.code, thrown.message];
    }
    expect(code).toBe('COMPUTE_FAILED');
    expect(message.includes('out of')).toBe(true);
  },

  async 'saving and loading'(expect) {
    await tf.setBackend('onnx');
    const folder = await mkdtemp(join(tmpdir(), 'mint-realm-'));
    const saved = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
    await saved.save(`file://${folder}`);
    const loaded = await loadLayersModel(`file://${folder}/model.json`);
    const x = tf.ones([1, 3]);
    const [want, got] = [saved, loaded].map((each) => Array.from((each.predict(x) as tf.Tensor).dataSync()));
    expect(got).toEqual(want);
    await rm(folder, { recursive: true });
  },

  async exporting(expect) {
    await tf.setBackend('onnx');
    const file = await exportOnnx((x: tf.Tensor) => tf.square(x), tf.zeros([2, 3]));
    expect(file instanceof Uint8Array).toBe(true);
  },
};
