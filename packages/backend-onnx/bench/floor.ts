/**
 * Small graphs, where the cost of a call decides: milliseconds per call, read included, on `onnx`, `cpu` and `wasm`.
 *
 *     pnpm --filter @mint/backend-onnx bench:floor [cpu|wall] [rounds] [part of a name]
 *
 * `cpu` (the default) counts processor time of all threads, `wall` the time that passes: on a machine with other work, the
 * first hardly depends on it. The backends take turns within each round. The table has medians over the rounds, and the
 * median of the ratio of `onnx` to the better of the other two in a round.
 */
import '@mint/backend-onnx';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';

const BACKENDS = ['onnx', 'cpu', 'wasm'] as const;
const [clockName = 'cpu', rounds = '15', only = ''] = process.argv.slice(2);
const ROUNDS = Number(rounds);
/** How long the work is done before it is measured: JavaScript is compiled as it runs. */
const WARM_UP_MS = 400;
/** Each measurement lasts at least this long. */
const MEASURE_MS = 30;
/** A row has fewer rounds if they take longer than this, but at least three. */
const ROW_MS = 4000;
const CHARACTERS = 64;
const LENGTH = 40;

/** What is made once per backend: a call that ends with a read. */
interface Work {
  call: () => Promise<unknown>;
}

async function readOf(fn: () => tf.Tensor): Promise<void> {
  const result = tf.tidy(fn);
  await result.data();
  result.dispose();
}

function product(size: number): Work {
  const [a, b] = [tf.randomUniform([size, size]), tf.randomUniform([size, size])];
  return { call: () => readOf(() => tf.matMul(a, b)) };
}

/** A call of an operation on one tensor of random numbers. */
function of(shape: number[], fn: (x: tf.Tensor) => tf.Tensor): Work {
  const x = tf.randomUniform(shape, -1, 1);
  return { call: () => readOf(() => fn(x)) };
}

const sums = (size: number): Work => of([size], (x) => tf.sum(tf.square(tf.add(x, 1))));

/** Ten operations that work element by element. */
const chain = (size: number): Work =>
  of([size], (x) => {
    let y = x;
    for (let i = 0; i < 5; i++) y = tf.add(tf.mul(y, 0.9), x);
    return y;
  });

const activations = (size: number): Work => of([size], (x) => tf.tanh(tf.sigmoid(tf.relu(tf.mul(x, 2)))));

/** One step of a recurrent layer's cell, as its own graph. */
function lstmStep(units: number): Work {
  const kernel = tf.randomNormal([CHARACTERS + units, 4 * units], 0, 0.1) as tf.Tensor2D;
  const bias = tf.zeros([4 * units]) as tf.Tensor1D;
  const x = tf.randomUniform([1, CHARACTERS]) as tf.Tensor2D;
  let [c, h] = [tf.zeros([1, units]) as tf.Tensor2D, tf.zeros([1, units]) as tf.Tensor2D];
  return {
    call: async () => {
      const next = tf.tidy(() => tf.basicLSTMCell(tf.scalar(1), kernel, bias, x, c, h));
      tf.dispose([c, h]);
      [c, h] = next;
      await h.data();
    },
  };
}

const generator = (sizes: readonly number[]): Sequential =>
  sequential({
    layers: [
      ...sizes.map((units, i) =>
        layers.lstm({
          units,
          recurrentInitializer: 'glorotUniform',
          returnSequences: i < sizes.length - 1,
          ...(i === 0 ? { inputShape: [LENGTH, CHARACTERS] } : {}),
        }),
      ),
      layers.dense({ units: CHARACTERS, activation: 'softmax' }),
    ],
  });

/** One character of the text generation of tfjs' examples: predict, then draw. */
function textGeneration(sizes: readonly number[]): Work {
  const model = generator(sizes);
  let indices = Array.from({ length: LENGTH }, (_, i) => i % CHARACTERS);
  return {
    call: async () => {
      const drawn = tf.tidy(() => {
        const buffer = tf.buffer([1, LENGTH, CHARACTERS]);
        indices.forEach((index, i) => {
          buffer.set(1, 0, i, index);
        });
        const p = tf.squeeze(model.predict(buffer.toTensor()) as tf.Tensor);
        return tf.multinomial(tf.log(p) as tf.Tensor1D, 1, undefined, false);
      });
      const [next = 0] = await drawn.data();
      drawn.dispose();
      indices = [...indices.slice(1), next];
    },
  };
}

const classifierModel = (size: number): Sequential =>
  sequential({
    layers: [
      layers.conv2d({ inputShape: [size, size, 1], filters: 8, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });

function classifier(size: number): Work {
  const model = classifierModel(size);
  const image = tf.randomUniform([1, size, size, 1]);
  return { call: () => readOf(() => model.predict(image) as tf.Tensor) };
}

/** A step of training, with its loss read. */
function training(model: Sequential, inputs: number[], classes: number): Work {
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'categoricalCrossentropy' });
  const x = tf.randomUniform(inputs);
  const y = tf.oneHot(tf.range(0, inputs[0] ?? 1, 1, 'int32'), classes);
  return { call: () => model.trainOnBatch(x, y) };
}

const perceptronModel = (): Sequential =>
  sequential({
    layers: [
      layers.dense({ inputShape: [4], units: 16, activation: 'relu' }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });

function perceptron(): Work {
  const model = perceptronModel();
  const x = tf.randomUniform([1, 4]);
  return { call: () => readOf(() => model.predict(x) as tf.Tensor) };
}

const WORKS: Record<string, () => Work> = {
  ...Object.fromEntries(
    [1, 4, 16, 32, 64, 128, 256, 512].map((size) => [`matMul ${size} x ${size}`, () => product(size)]),
  ),
  'sum of (x + 1)², 10 elements': () => sums(10),
  'sum of (x + 1)², 10,000 elements': () => sums(10_000),
  'five times y * 0.9 + x, 10 elements': () => chain(10),
  'five times y * 0.9 + x, 1,000 elements': () => chain(1000),
  'five times y * 0.9 + x, 100,000 elements': () => chain(100_000),
  'tanh of sigmoid of relu, 10 elements': () => activations(10),
  'tanh of sigmoid of relu, 1,000 elements': () => activations(1000),
  'tanh of sigmoid of relu, 100,000 elements': () => activations(100_000),
  'mean of 32 x 32 along the first axis': () => of([32, 32], (x) => tf.mean(x, 0)),
  'max of 32 x 32 along the last axis': () => of([32, 32], (x) => tf.max(x, 1)),
  'softmax of 1 x 10': () => of([1, 10], (x) => tf.softmax(x)),
  'softmax of 64 x 100': () => of([64, 100], (x) => tf.softmax(x)),
  'argMax of 1 x 10': () => of([1, 10], (x) => tf.argMax(x, 1)),
  'argMax of 64 x 100': () => of([64, 100], (x) => tf.argMax(x, 1)),
  'LSTM step, 32 units': () => lstmStep(32),
  'LSTM step, 128 units': () => lstmStep(128),
  'LSTM text, 32 units, a character': () => textGeneration([32]),
  'LSTM text, 128 units, a character': () => textGeneration([128]),
  'LSTM text, 128 + 128 units, a character': () => textGeneration([128, 128]),
  'dense 4-16-3, predict': perceptron,
  'dense 4-16-3, training step, batch 3': () => training(perceptronModel(), [3, 4], 3),
  'conv classifier, 12 x 12, predict': () => classifier(12),
  'conv classifier, 28 x 28, predict': () => classifier(28),
  'conv classifier, 12 x 12, training step, batch 4': () => training(classifierModel(12), [4, 12, 12, 1], 10),
  'conv classifier, 28 x 28, training step, batch 4': () => training(classifierModel(28), [4, 28, 28, 1], 10),
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function clock(): number {
  if (clockName === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Milliseconds of one call, over at least {@link MEASURE_MS}. */
async function time({ call }: Work, atOnce: number): Promise<number> {
  const start = clock();
  let [calls, passed] = [0, 0];
  while (passed < MEASURE_MS) {
    for (let i = 0; i < atOnce; i++) await call();
    calls += atOnce;
    passed = clock() - start;
  }
  return passed / calls;
}

interface Measurement {
  /** Medians over the rounds, for each backend; NaN for one that can't do it. */
  times: number[];
  ratio: number;
  first: number[];
}

async function measure(make: () => Work): Promise<Measurement> {
  const works: { name: (typeof BACKENDS)[number]; work: Work; atOnce: number }[] = [];
  const first: number[] = [];
  for (const name of BACKENDS) {
    await tf.setBackend(name);
    const start = clock();
    try {
      const work = make();
      await work.call();
      first.push(clock() - start);
      const from = clock();
      let calls = 0;
      for (; clock() - from < WARM_UP_MS; calls++) await work.call();
      works.push({ name, work, atOnce: Math.min(8, Math.ceil((calls * MEASURE_MS) / WARM_UP_MS)) });
    } catch (error) {
      if (name === 'onnx') throw error; // wasm has no gradient of a convolution's filter
      first.push(Number.NaN);
    }
  }
  const rounds: number[][] = [];
  const end = performance.now() + ROW_MS;
  while (rounds.length < ROUNDS && (rounds.length < 3 || performance.now() < end)) {
    const times = BACKENDS.map(() => Number.NaN);
    for (const { name, work, atOnce } of works) {
      await tf.setBackend(name);
      times[BACKENDS.indexOf(name)] = await time(work, atOnce);
    }
    rounds.push(times);
  }
  const ratios = rounds.map(([onnx = 0, ...others]) => onnx / Math.min(...others.filter(Number.isFinite)));
  return {
    times: BACKENDS.map((_, i) => median(rounds.map((times) => times[i] as number))),
    ratio: median(ratios),
    first,
  };
}

const figure = (ms: number, digits: number): string => (Number.isNaN(ms) ? '–' : ms.toPrecision(digits));

const names = BACKENDS.join(' | ');
console.log(
  `| ${clockName} ms per call | ${names} | onnx / better of both | first call: ${BACKENDS.join(', ')} |`,
);
console.log(`| --- | ${BACKENDS.map(() => '---').join(' | ')} | --- | --- |`);
for (const [name, make] of Object.entries(WORKS)) {
  if (!name.includes(only)) continue;
  const { times, ratio, first } = await measure(make);
  const cells = times.map((ms) => figure(ms, 3)).join(' | ');
  const starts = first.map((ms) => figure(ms, 2)).join(', ');
  console.log(`| ${name} | ${cells} | ${ratio.toFixed(2)} | ${starts} |`);
}
