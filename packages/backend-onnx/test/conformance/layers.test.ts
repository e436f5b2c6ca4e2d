import '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Calls, conforms, expectSame, fixed, make } from './harness.js';

const { layers } = tfl;
// The default, 'orthogonal', calls methods of tensors that only the union package @tensorflow/tfjs defines.
const recurrentInitializer = 'glorotNormal';

type Layer = InstanceType<typeof layers.Layer>;

/** Numbers between -1 and 1 that differ, the same on each backend. */
const spread = (shape: number[], phase = 0): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(1.7 * i + phase)),
    shape,
  );

/** A layer's output for an input, and the gradients of its square with respect to input and weights. */
function callsOf(build: () => Layer, shape: number[], input = (): tf.Tensor => spread(shape)): Calls {
  const ready = (): Layer => {
    const layer = build();
    layer.apply(input());
    layer.setWeights(
      layer.getWeights().map((weight, i) => tf.add(tf.mul(spread(weight.shape, i), 0.4), 0.5)),
    );
    return layer;
  };
  const output = (layer: Layer, x: tf.Tensor): tf.Tensor => layer.apply(x, { training: true }) as tf.Tensor;
  const loss = (layer: Layer, x: tf.Tensor): tf.Scalar => tf.sum(tf.square(output(layer, x)));
  return {
    forward: () => output(ready(), input()),
    inference: () => ready().apply(input()) as tf.Tensor,
    gradients: () => {
      const layer = ready();
      const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const ofInput = input().dtype === 'float32' ? [tf.grad((x: tf.Tensor) => loss(layer, x))(input())] : [];
      if (variables.length === 0) return ofInput;
      const { grads } = tf.variableGrads(() => loss(layer, input()), variables);
      return [...ofInput, ...variables.map(({ name }) => grads[name] as tf.Tensor)];
    },
  };
}

const activations = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
] as const;

const cases: [name: string, build: () => Layer, shape: number[], input?: () => tf.Tensor][] = [
  ['dense', () => layers.dense({ units: 3, activation: 'tanh' }), [2, 5]],
  ['dense of rank 3', () => layers.dense({ units: 3 }), [2, 4, 5]],
  ['prelu', () => layers.prelu(), [2, 5]],
  ['leakyReLU', () => layers.leakyReLU({ alpha: 0.2 }), [2, 5]],
  ['reLU with a limit', () => layers.reLU({ maxValue: 0.5 }), [2, 5]],
  ['softmax', () => layers.softmax(), [2, 5]],
  ['dropout', () => layers.dropout({ rate: 0.4, seed: 7 }), [4, 5]],
  ['spatialDropout1d', () => layers.spatialDropout1d({ rate: 0.4, seed: 7 }), [2, 4, 5]],
  [
    'embedding',
    () => layers.embedding({ inputDim: 7, outputDim: 3 }),
    [2, 4],
    () =>
      tf.tensor2d(
        [
          [0, 3, 6, 3],
          [1, 1, 2, 5],
        ],
        [2, 4],
        'int32',
      ),
  ],
  ['permute', () => layers.permute({ dims: [2, 1] }), [2, 3, 4]],
  ['repeatVector', () => layers.repeatVector({ n: 3 }), [2, 4]],
  ['conv1d', () => layers.conv1d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }), [2, 7, 4]],
  [
    'conv2d',
    () => layers.conv2d({ filters: 3, kernelSize: [3, 2], strides: 2, padding: 'same', activation: 'relu' }),
    [2, 7, 5, 4],
  ],
  [
    'conv2dTranspose',
    () => layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
    [2, 4, 5, 2],
  ],
  ['conv3d', () => layers.conv3d({ filters: 3, kernelSize: [2, 3, 2], padding: 'same' }), [1, 4, 5, 3, 2]],
  [
    'depthwiseConv2d',
    () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same' }),
    [2, 5, 6, 3],
  ],
  ['separableConv2d', () => layers.separableConv2d({ filters: 3, kernelSize: 3 }), [2, 5, 6, 2]],
  [
    'cropping2D',
    () =>
      layers.cropping2D({
        cropping: [
          [1, 0],
          [2, 1],
        ],
      }),
    [2, 5, 6, 2],
  ],
  // Of cpu's nearest-neighbour gradient only the first image is right.
  ['upSampling2d', () => layers.upSampling2d({ size: [2, 3] }), [1, 3, 4, 2]],
  [
    'zeroPadding2d',
    () =>
      layers.zeroPadding2d({
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
    [2, 3, 4, 2],
  ],
  ['maxPooling1d', () => layers.maxPooling1d({ poolSize: 2 }), [2, 6, 3]],
  ['averagePooling1d', () => layers.averagePooling1d({ poolSize: 2 }), [2, 6, 3]],
  ['maxPooling2d', () => layers.maxPooling2d({ poolSize: 2 }), [2, 6, 5, 3]],
  ['averagePooling2d', () => layers.averagePooling2d({ poolSize: 2 }), [2, 6, 5, 3]],
  ['maxPooling3d', () => layers.maxPooling3d({ poolSize: 2 }), [1, 4, 5, 6, 2]],
  ['averagePooling3d', () => layers.averagePooling3d({ poolSize: 2 }), [1, 4, 5, 6, 2]],
  ['globalAveragePooling1d', () => layers.globalAveragePooling1d(), [2, 6, 3]],
  ['globalAveragePooling2d', () => layers.globalAveragePooling2d({}), [2, 4, 5, 3]],
  ['globalMaxPooling2d', () => layers.globalMaxPooling2d({}), [2, 4, 5, 3]],
  ['batchNormalization', () => layers.batchNormalization(), [4, 3, 5, 2]],
  ['layerNormalization', () => layers.layerNormalization(), [4, 3, 5]],
  ['simpleRNN', () => layers.simpleRNN({ units: 3, returnSequences: true, recurrentInitializer }), [2, 4, 3]],
  ['lstm', () => layers.lstm({ units: 3, returnSequences: true, recurrentInitializer }), [2, 4, 3]],
  ['gru', () => layers.gru({ units: 3, returnSequences: true, recurrentInitializer }), [2, 4, 3]],
  [
    'convLstm2d',
    () => layers.convLstm2d({ filters: 2, kernelSize: 2, padding: 'same', recurrentInitializer }),
    [1, 3, 4, 4, 2],
  ],
  [
    'bidirectional',
    () => layers.bidirectional({ layer: layers.lstm({ units: 2, recurrentInitializer }) }),
    [2, 4, 3],
  ],
  ['timeDistributed', () => layers.timeDistributed({ layer: layers.dense({ units: 2 }) }), [2, 4, 3]],
  ...activations.map((name): [string, () => Layer, number[]] => [
    `activation ${name}`,
    () => layers.activation({ activation: name }),
    [3, 5],
  ]),
];

test.each(cases)('layer %s', (_, build, shape, input) =>
  expectSame(callsOf(build, shape, input), { rtol: 2e-4, atol: 2e-4 }),
);

test('layers without a gradient in tfjs', () =>
  expectSame({
    thresholdedReLU: callsOf(() => layers.thresholdedReLU({ theta: 0.3 }), [2, 5]).forward,
    'conv2d, dilated': callsOf(
      () => layers.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2 }),
      [1, 7, 6, 2],
    ).forward,
    conv3dTranspose: callsOf(
      () => layers.conv3dTranspose({ filters: 2, kernelSize: 2, strides: 2, padding: 'valid' }),
      [1, 3, 2, 4, 2],
    ).forward,
  } as Calls));

// cpu's batchNorm can't broadcast a mean along other axes than the last.
test('batchNormalization along axis 1 is that along the last axis, transposed', async () => {
  await tf.setBackend('onnx');
  const x = spread([4, 3, 5]);
  const normalize = (axis: number, input: tf.Tensor) =>
    callsOf(
      () => layers.batchNormalization({ axis }),
      input.shape,
      () => input,
    ).forward?.() as tf.Tensor;
  const [first, last] = [normalize(1, x), normalize(-1, tf.transpose(x, [0, 2, 1]))];
  await first.data();
  expect(first).toBeAllClose(tf.transpose(last, [0, 2, 1]), { rtol: 1e-4, atol: 1e-5 });
});

test('preprocessing layers', () =>
  expectSame({
    rescaling: () => layers.rescaling({ scale: 0.5, offset: 1 }).apply(spread([2, 3])) as tf.Tensor,
    resizing: () => layers.resizing({ height: 5, width: 7 }).apply(spread([2, 4, 6, 3])) as tf.Tensor,
    centerCrop: () => layers.centerCrop({ height: 3, width: 4 }).apply(spread([2, 5, 7, 3])) as tf.Tensor,
    categoryEncoding: () =>
      layers.categoryEncoding({ numTokens: 5, outputMode: 'multiHot' }).apply(
        tf.tensor2d(
          [
            [1, 4],
            [0, 2],
          ],
          [2, 2],
          'int32',
        ),
      ) as tf.Tensor,
  }));

test('merging layers', () => {
  const pair = (): tf.Tensor[] => [spread([2, 3, 4]), spread([2, 3, 4], 1)];
  const merge = (layer: Layer) => () => layer.apply(pair()) as tf.Tensor;
  return expectSame({
    add: merge(layers.add()),
    average: merge(layers.average()),
    concatenate: merge(layers.concatenate()),
    maximum: merge(layers.maximum()),
    minimum: merge(layers.minimum()),
    multiply: merge(layers.multiply()),
    dot: merge(layers.dot({ axes: 2 })),
  });
});

test('metrics', () =>
  conforms(
    fc.tuple(fixed([7, 4]), fixed([7, 4])),
    ([a, b]) => {
      const truth = () => tf.oneHot(tf.argMax(make(a), 1), 4);
      const guess = () => tf.softmax(make(b));
      const classes = () => tf.argMax(make(a), 1);
      const binary = () => tf.cast(tf.greater(make(a), 0), 'float32');
      const probability = () => tf.sigmoid(make(b));
      const { metrics } = tfl;
      return {
        binaryAccuracy: () => metrics.binaryAccuracy(binary(), probability()),
        binaryCrossentropy: () => metrics.binaryCrossentropy(binary(), probability()),
        categoricalAccuracy: () => metrics.categoricalAccuracy(truth(), guess()),
        categoricalCrossentropy: () => metrics.categoricalCrossentropy(tf.cast(truth(), 'float32'), guess()),
        sparseCategoricalAccuracy: () =>
          metrics.sparseCategoricalAccuracy(tf.cast(classes(), 'float32'), guess()),
        cosineProximity: () => metrics.cosineProximity(make(a), make(b)),
        meanAbsoluteError: () => metrics.meanAbsoluteError(make(a), make(b)),
        meanAbsolutePercentageError: () => metrics.meanAbsolutePercentageError(make(a), make(b)),
        meanSquaredError: () => metrics.meanSquaredError(make(a), make(b)),
        precision: () => metrics.precision(binary(), binary()),
        recall: () => metrics.recall(binary(), tf.cast(tf.greater(make(b), 0), 'float32')),
      };
    },
    { rtol: 1e-3, atol: 1e-4 },
  ));

interface Example {
  model: () => tfl.LayersModel;
  input: () => tf.Tensor;
  target: () => tf.Tensor;
  loss: string;
}

const classes = (count: number, size: number): tf.Tensor =>
  tf.oneHot(
    tf.tensor1d(
      Array.from({ length: count }, (_, i) => (7 * i) % size),
      'int32',
    ),
    size,
    1,
    0,
    'float32',
  );

/** Attention over tokens, a residual each, two normalizations, and a network for each token. */
function transformerBlock(x: tfl.SymbolicTensor, width: number): tfl.SymbolicTensor {
  const project = () => layers.dense({ units: width, useBias: false }).apply(x) as tfl.SymbolicTensor;
  const scores = layers.dot({ axes: 2 }).apply([project(), project()]) as tfl.SymbolicTensor;
  const weights = layers.activation({ activation: 'softmax' }).apply(scores) as tfl.SymbolicTensor;
  const mixed = layers.dot({ axes: [2, 1] }).apply([weights, project()]) as tfl.SymbolicTensor;
  const dropped = layers.dropout({ rate: 0.1, seed: 5 }).apply(mixed) as tfl.SymbolicTensor;
  const first = layers.layerNormalization().apply(layers.add().apply([x, dropped])) as tfl.SymbolicTensor;
  const hidden = layers.dense({ units: 2 * width, activation: 'gelu' }).apply(first) as tfl.SymbolicTensor;
  const out = layers.dense({ units: width }).apply(hidden) as tfl.SymbolicTensor;
  return layers.layerNormalization().apply(layers.add().apply([first, out])) as tfl.SymbolicTensor;
}

function sequence(cell: () => Layer): () => tfl.LayersModel {
  return () => tfl.sequential({ layers: [cell(), layers.dense({ units: 3, activation: 'softmax' })] });
}

const examples: Record<string, Example> = {
  'a dense net': {
    model: () =>
      tfl.sequential({
        layers: [
          layers.dense({ units: 16, activation: 'relu', inputShape: [5] }),
          layers.dropout({ rate: 0.3, seed: 3 }),
          layers.dense({ units: 8, activation: 'tanh', kernelRegularizer: 'l1l2' }),
          layers.dense({ units: 3, activation: 'softmax' }),
        ],
      }),
    input: () => spread([24, 5]),
    target: () => classes(24, 3),
    loss: 'categoricalCrossentropy',
  },
  'a convnet with batch normalization': {
    model: () =>
      tfl.sequential({
        layers: [
          layers.conv2d({
            filters: 4,
            kernelSize: 3,
            padding: 'same',
            useBias: false,
            inputShape: [8, 6, 2],
          }),
          layers.batchNormalization(),
          layers.activation({ activation: 'relu' }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.separableConv2d({ filters: 5, kernelSize: 2, activation: 'relu' }),
          layers.globalAveragePooling2d({}),
          layers.dense({ units: 3, activation: 'softmax' }),
        ],
      }),
    input: () => spread([24, 8, 6, 2]),
    target: () => classes(24, 3),
    loss: 'categoricalCrossentropy',
  },
  'an LSTM': {
    model: sequence(() => layers.lstm({ units: 6, inputShape: [5, 3], recurrentInitializer })),
    input: () => spread([24, 5, 3]),
    target: () => classes(24, 3),
    loss: 'categoricalCrossentropy',
  },
  'a GRU': {
    model: sequence(() => layers.gru({ units: 6, inputShape: [5, 3], recurrentInitializer })),
    input: () => spread([24, 5, 3]),
    target: () => classes(24, 3),
    loss: 'categoricalCrossentropy',
  },
  'a transformer block': {
    model: () => {
      const tokens = tfl.input({ shape: [6] });
      const embedded = layers.embedding({ inputDim: 11, outputDim: 8 }).apply(tokens) as tfl.SymbolicTensor;
      const pooled = layers.globalAveragePooling1d().apply(transformerBlock(embedded, 8));
      const outputs = layers.dense({ units: 1 }).apply(pooled) as tfl.SymbolicTensor;
      return tfl.model({ inputs: tokens, outputs });
    },
    input: () =>
      tf.tensor2d(
        Array.from({ length: 24 * 6 }, (_, i) => (5 * i + Math.floor(i / 7)) % 11),
        [24, 6],
      ),
    target: () => spread([24, 1]),
    loss: 'meanSquaredError',
  },
};

interface Trace {
  losses: number[];
  evaluation: number[];
  prediction: number[];
  reloaded: number[];
  /** Tensors that were not disposed. */
  left: number;
}

/** Builds, fits, evaluates, saves and reloads a model whose weights start from fixed numbers. */
async function trace(backend: string, { model: build, input, target, loss }: Example): Promise<Trace> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const model = build();
  const start = model.getWeights().map((weight, i) => {
    const values = spread(weight.shape, i);
    return /moving_variance|gamma/.test(model.weights[i]?.name ?? '')
      ? tf.add(tf.mul(values, 0.1), 1)
      : tf.mul(values, 0.4);
  });
  model.setWeights(start);
  const optimizer = tf.train.adam(0.01);
  model.compile({ optimizer, loss, metrics: ['mse'] });
  const [x, y] = [input(), target()];
  const losses: number[] = [];
  await model.fit(x, y, {
    epochs: 3,
    batchSize: 8,
    shuffle: false,
    verbose: 0,
    callbacks: {
      onBatchEnd: async (_, logs) => {
        losses.push(logs?.loss as number);
      },
    },
  });
  const scores = model.evaluate(x, y, { batchSize: 8 }) as tf.Scalar[];
  const evaluation = await Promise.all(scores.map(async (score) => (await score.data())[0] as number));
  const predicted = model.predict(x) as tf.Tensor;
  const prediction = [...(await predicted.data())];
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const copy = await tfl.loadLayersModel(tf.io.fromMemory(saved as tf.io.ModelArtifacts));
  const again = copy.predict(x) as tf.Tensor;
  const reloaded = [...(await again.data())];
  tf.dispose([start, x, y, scores, predicted, again]);
  model.dispose();
  copy.dispose();
  optimizer.dispose();
  return { losses, evaluation, prediction, reloaded, left: tf.memory().numTensors - before };
}

const close = (got: number[], want: number[], tolerance: number): void => {
  expect(got.length).toBe(want.length);
  got.forEach((value, i) => {
    expect(Math.abs(value - (want[i] as number))).toBeLessThan(tolerance * (1 + Math.abs(want[i] as number)));
  });
};

describe('a model is fitted, evaluated, saved and loaded as on cpu', () => {
  test.each(Object.entries(examples))('%s', async (_, example) => {
    const want = await trace('cpu', example);
    const got = await trace('onnx', example);
    expect(got.losses).toHaveLength(9);
    expect(Math.abs((want.losses[8] as number) - (want.losses[0] as number))).toBeGreaterThan(1e-3);
    expect(got.left).toBe(want.left);
    close(got.losses, want.losses, 1e-4);
    close(got.evaluation, want.evaluation, 1e-4);
    close(got.prediction, want.prediction, 1e-3);
    close(got.reloaded, got.prediction, 1e-6);
  });
});

const optimizers: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.1, 0.9, true),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.5),
  adam: () => tf.train.adam(0.05),
  adamax: () => tf.train.adamax(0.05),
  rmsprop: () => tf.train.rmsprop(0.05, 0.9, 0.5, 1e-7, true),
};

test.each(Object.entries(optimizers))('optimizer %s takes the same steps', async (_, create) => {
  const losses: number[][] = [];
  for (const backend of ['cpu', 'onnx']) {
    await tf.setBackend(backend);
    const weights = [tf.variable(spread([3, 4])), tf.variable(spread([4], 2))] as const;
    const [x, y] = [spread([6, 3], 3), spread([6, 4], 4)];
    const optimizer = create();
    const steps: number[] = [];
    for (let step = 0; step < 6; step++) {
      const loss = optimizer.minimize(
        () => tf.mean(tf.squaredDifference(tf.tanh(tf.add(tf.matMul(x, weights[0]), weights[1])), y)),
        true,
      ) as tf.Scalar;
      steps.push((await loss.data())[0] as number);
      loss.dispose();
    }
    losses.push(steps);
    optimizer.dispose();
    tf.dispose([...weights, x, y]);
  }
  close(losses[1] as number[], losses[0] as number[], 1e-5);
});
