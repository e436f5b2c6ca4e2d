import '@mint/test-utils';
import '../index.js';
import { attention, feedForward } from '@mint/internal/nn';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { beforeEach, describe, expect, test } from 'vitest';
import { exportOnnx, onnxStats, setOnnxOptions, type Tensors } from '../index.js';

setOnnxOptions({ threads: 1 });
web.env.wasm.numThreads = 1;

beforeEach(async () => {
  await tf.setBackend('onnx');
});

const BATCHES = [1, 2, 5];

const uniform = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, 'float32', seed);

type Feed = Record<
  string,
  {
    type: 'float32' | 'int32' | 'uint8' | 'bool';
    data: Float32Array | Int32Array | Uint8Array;
    dims: number[];
  }
>;

/** Results of both runtimes for the same inputs. */
async function runBoth(file: Uint8Array, feeds: Feed): Promise<Record<string, tf.Tensor>[]> {
  const results: Record<string, tf.Tensor>[] = [];
  for (const runtime of [node, web]) {
    const session = await runtime.InferenceSession.create(file);
    const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      new runtime.Tensor(type as 'float32', data as Float32Array, dims),
    ]);
    const outputs = await session.run(Object.fromEntries(tensors));
    results.push(
      Object.fromEntries(
        Object.entries(outputs).map(([name, { data, dims }]) => [
          name,
          tf.tensor(Float32Array.from(data as Float32Array), [...dims]),
        ]),
      ),
    );
    await session.release();
  }
  return results;
}

const feedOf = (tensor: tf.Tensor): Feed[string] => ({
  type: tensor.dtype as 'float32',
  data: tensor.dataSync() as Float32Array,
  dims: tensor.shape,
});

/** The exported function must equal the original at batch sizes that the example does not have. */
async function expectSame(
  fn: (x: tf.Tensor) => tf.Tensor,
  sample: (batch: number) => tf.Tensor,
  options = {},
): Promise<Uint8Array> {
  const file = await exportOnnx((x) => fn(x as tf.Tensor), sample(3), options);
  for (const batch of BATCHES) {
    const x = sample(batch);
    const expected = fn(x);
    for (const { output } of await runBoth(file, { input: feedOf(x) }))
      expect(output).toBeAllClose(tf.cast(expected, 'float32'), { rtol: 1e-5, atol: 1e-5 });
  }
  return file;
}

describe('functions', () => {
  const w = uniform([7, 3], 1) as tf.Tensor2D;
  const filter = uniform([3, 3, 2, 4], 2) as tf.Tensor4D;
  const rows = (batch: number) => uniform([batch, 7], batch);
  const images = (batch: number) => uniform([batch, 8, 6, 2], batch) as tf.Tensor4D;

  const cases: [string, (x: tf.Tensor) => tf.Tensor, (batch: number) => tf.Tensor][] = [
    ['a dense layer', (x) => tf.softmax(tf.matMul(x as tf.Tensor2D, w)), rows],
    ['a transposed product', (x) => tf.matMul(w, x as tf.Tensor2D, true, true), rows],
    [
      'convolution, pooling, reshape',
      (x) => {
        const y = tf.relu(tf.conv2d(x as tf.Tensor4D, filter, 2, 'same'));
        const [batch = 0] = y.shape;
        return tf.reshape(tf.maxPool(y as tf.Tensor4D, 2, 1, 'valid'), [batch, -1]);
      },
      images,
    ],
    ['a slice of the input', (x) => tf.slice(x, [0, 1], [-1, 3]), rows],
    ['the last row', (x) => tf.slice(x, [(x.shape[0] as number) - 1, 0], [1, 7]), rows],
    [
      'padding, tiling, stacking',
      (x) =>
        tf.stack(
          [
            tf.tile(x, [2, 1]),
            tf.pad(
              tf.tile(x, [2, 1]),
              [
                [0, 0],
                [0, 0],
              ],
              1,
            ),
          ],
          1,
        ),
      rows,
    ],
    ['zeros made for the batch', (x) => tf.concat([x, tf.zeros([x.shape[0] as number, 2])], 1), rows],
    ['ones made for the batch', (x) => tf.mul(x, tf.fill([x.shape[0] as number, 1], 2.5)), rows],
    [
      'positions in the batch',
      (x) => tf.add(x, tf.reshape(tf.range(0, x.shape[0] as number), [-1, 1])),
      rows,
    ],
    ['the batch size as a number', (x) => tf.div(x, tf.scalar(x.shape[0] as number)), rows],
    ['a mean over the batch', (x) => tf.mean(x, 0, true), rows],
    [
      'a gather within each row',
      (x) =>
        tf.gather(x, tf.tile(tf.tensor2d([[6, 0, 2]], [1, 3], 'int32'), [x.shape[0] as number, 1]), 1, 1),
      rows,
    ],
    ['resizing', (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [5, 9], true), images],
    ['a reversed batch', (x) => tf.reverse(x, 0), rows],
    [
      'a product with the whole batch',
      (x) => tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true),
      rows,
    ],
  ];
  test.each(cases)('%s', async (_, fn, sample) => {
    await expectSame(fn, sample);
  });

  test('attention and GELU, in operators of ONNX alone', async () => {
    const weights = {
      kernel1: uniform([6, 9], 3),
      bias1: uniform([9], 4),
      kernel2: uniform([9, 6], 5),
      bias2: uniform([6], 6),
    };
    const file = await expectSame((x) => {
      const tokens = tf.reshape(x, [-1, 16, 6]) as tf.Tensor3D;
      const attended = attention(tokens, tf.neg(tokens), tf.square(tokens), 2);
      return feedForward(attended, weights, { activation: 'gelu' });
    }, images);
    expect(Buffer.from(file).includes('com.microsoft')).toBe(false);
  });

  test('names, types and shapes of inputs and outputs; nothing is computed', async () => {
    const before = onnxStats().runs;
    const file = await exportOnnx(
      (inputs) => {
        const { a, mask } = inputs as Record<'a' | 'mask', tf.Tensor>;
        return { chosen: tf.where(mask, a, 0), total: tf.sum(a), pairs: tf.concat([a, a]) };
      },
      { a: tf.zeros([4, 3]), mask: tf.zeros([4, 3], 'bool') },
      { batch: 'batch' },
    );
    expect(onnxStats().runs).toBe(before);
    const session = await node.InferenceSession.create(file);
    expect(session.inputMetadata).toMatchObject([
      { name: 'a', type: 'float32', shape: ['batch', 3] },
      { name: 'mask', type: 'bool', shape: ['batch', 3] },
    ]);
    expect(session.outputMetadata).toMatchObject([
      { name: 'chosen', type: 'float32', shape: ['batch', 3] },
      { name: 'total', type: 'float32', shape: [] },
      { name: 'pairs', type: 'float32', shape: ['2*batch', 3] },
    ]);
  });

  test('weights are stored once, by the names that are given', async () => {
    const file = await exportOnnx(
      (x) => tf.matMul(tf.matMul(x as tf.Tensor2D, w), w, false, true),
      tf.zeros([2, 7]),
      {
        weights: { 'projection/kernel': w },
      },
    );
    const text = Buffer.from(file).toString('latin1');
    expect(text.split('projection/kernel').length - 1).toBe(3); // where it is stored, and two uses
    const bytes = Buffer.from((w.dataSync() as Float32Array).slice().buffer).toString('latin1');
    expect(text.split(bytes).length - 1).toBe(1);
  });

  test('uint8 images', async () => {
    const images = (batch: number) =>
      tf.cast(tf.floor(tf.randomUniform([batch, 4, 4, 3], 0, 256, 'float32', batch)), 'int32');
    const fn = (x: Tensors) => tf.mean(tf.div(tf.cast(x as tf.Tensor, 'float32'), 255), [1, 2]);
    const file = await exportOnnx(fn, images(2), { uint8: ['input'] });
    const x = images(3);
    const feeds: Feed = { input: { type: 'uint8', data: Uint8Array.from(x.dataSync()), dims: x.shape } };
    for (const { output } of await runBoth(file, feeds)) expect(output).toBeAllClose(fn(x));
  });

  test('batch: false keeps the shapes of the example', async () => {
    const file = await exportOnnx((x) => tf.square(x as tf.Tensor), tf.zeros([4, 3]), { batch: false });
    const session = await node.InferenceSession.create(file);
    expect(session.inputMetadata).toMatchObject([{ shape: [4, 3] }]);
  });
});

describe('a LayersModel', () => {
  test('keeps its names and its predictions', async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.conv2d({
          inputShape: [9, 7, 2],
          filters: 4,
          kernelSize: 3,
          activation: 'relu',
          name: 'first',
        }),
        tfl.layers.batchNormalization(),
        tfl.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
        tfl.layers.globalAveragePooling2d({}),
        tfl.layers.dropout({ rate: 0.5 }),
        tfl.layers.dense({ units: 3, activation: 'softmax', name: 'classes' }),
      ],
    });
    const file = await exportOnnx(model, tf.zeros([1, 9, 7, 2]));
    const text = Buffer.from(file).toString('latin1');
    for (const { name } of model.weights) expect(text).toContain(name);
    for (const batch of BATCHES) {
      const x = uniform([batch, 9, 7, 2], batch);
      const feeds = { first_input: feedOf(x) };
      for (const outputs of await runBoth(file, feeds))
        expect(outputs.classes).toBeAllClose(model.predict(x) as tf.Tensor, { atol: 1e-6 });
    }
    model.dispose();
  });

  test('a recurrent network', async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.lstm({
          inputShape: [6, 4],
          name: 'first',
          units: 5,
          returnSequences: true,
          recurrentInitializer: 'glorotUniform',
        }),
        tfl.layers.gru({ units: 3, name: 'last', recurrentInitializer: 'glorotUniform' }),
      ],
    });
    const file = await exportOnnx(model, tf.zeros([1, 6, 4]));
    for (const batch of BATCHES) {
      const x = uniform([batch, 6, 4], batch);
      const feeds = { first_input: feedOf(x) };
      for (const outputs of await runBoth(file, feeds))
        expect(outputs.last).toBeAllClose(model.predict(x) as tf.Tensor, { atol: 1e-6 });
    }
    model.dispose();
  });
});

describe('refusals', () => {
  const refuse = (fn: (x: tf.Tensor) => unknown, message: RegExp) => () =>
    expect(exportOnnx((x) => fn(x as tf.Tensor) as tf.Tensor, tf.zeros([2, 3]))).rejects.toThrow(message);

  test(
    'reading values',
    refuse((x) => tf.scalar(x.dataSync()[0] ?? 0), /reads the values of a tensor/),
  );
  test(
    'async functions',
    refuse(async (x) => x, /not be async/),
  );
  test(
    'results that are kept',
    refuse((x) => tf.keep(tf.mul(x, 2)), /stores a result/),
  );
  test(
    'a loop over the batch, by its operator',
    refuse((x) => tf.addN(tf.unstack(x)), /operator \d+ \(Split/),
  );
  test(
    'numbers that are not linear in the batch size',
    refuse(
      (x) => tf.reshape(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true), [-1]),
      /operator \d+ \(Reshape, result \[841\]\)/,
    ),
  );
  test(
    'random numbers',
    refuse((x) => tf.add(x, tf.randomNormal(x.shape)), /depends on the batch size/),
  );

  test('another backend, unknown names', async () => {
    await expect(exportOnnx((x) => x, tf.zeros([2]), { uint8: ['x'] })).rejects.toThrow(
      /names 'x', inputs are 'input'/,
    );
    await tf.setBackend('cpu');
    await expect(exportOnnx((x) => x, tf.zeros([2]))).rejects.toThrow(/needs the backend 'onnx'/);
  });

  test('after a refusal the backend computes as before', async () => {
    await exportOnnx((x) => tf.scalar((x as tf.Tensor).dataSync()[0] ?? 0), tf.zeros([2])).catch(() => {});
    expect(await tf.tidy(() => tf.add(1, 1)).data()).toEqual(new Float32Array([2]));
  });
});
