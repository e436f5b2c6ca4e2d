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

function sums(size: number): Work {
  const a = tf.randomUniform([size]);
  return { call: () => readOf(() => tf.sum(tf.square(tf.add(a, 1)))) };
}

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

function classifier(size: number): Work {
  const model = sequential({
    layers: [
      layers.conv2d({ inputShape: [size, size, 1], filters: 8, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  const image = tf.randomUniform([1, size, size, 1]);
  return { call: () => readOf(() => model.predict(image) as tf.Tensor) };
}

function perceptron(): Work {
  const model = sequential({
    layers: [
      layers.dense({ inputShape: [4], units: 16, activation: 'relu' }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  const x = tf.randomUniform([1, 4]);
  return { call: () => readOf(() => model.predict(x) as tf.Tensor) };
}

const WORKS: Record<string, () => Work> = {
  ...Object.fromEntries(
    [1, 4, 16, 32, 64, 128, 256, 512].map((size) => [`matMul ${size} x ${size}`, () => product(size)]),
  ),
  'sum of (x + 1)², 10 elements': () => sums(10),
  'sum of (x + 1)², 10,000 elements': () => sums(10_000),
  'LSTM step, 32 units': () => lstmStep(32),
  'LSTM step, 128 units': () => lstmStep(128),
  'LSTM text, 32 units, a character': () => textGeneration([32]),
  'LSTM text, 128 units, a character': () => textGeneration([128]),
  'LSTM text, 128 + 128 units, a character': () => textGeneration([128, 128]),
  'dense 4-16-3, predict': perceptron,
  'conv classifier, 12 x 12, predict': () => classifier(12),
  'conv classifier, 28 x 28, predict': () => classifier(28),
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function clock(): number {
  if (clockName === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Milliseconds of one call, over at least {@link MEASURE_MS}. */
async function time({ call }: Work): Promise<number> {
  const start = clock();
  let [calls, passed] = [0, 0];
  while (passed < MEASURE_MS) {
    for (let i = 0; i < 8; i++) await call();
    calls += 8;
    passed = clock() - start;
  }
  return passed / calls;
}

async function measure(make: () => Work): Promise<{ times: number[]; ratio: number; first: number[] }> {
  const works: Work[] = [];
  const first: number[] = [];
  for (const name of BACKENDS) {
    await tf.setBackend(name);
    const work = make();
    const start = clock();
    await work.call();
    first.push(clock() - start);
    for (const start = clock(); clock() - start < WARM_UP_MS; ) await work.call();
    works.push(work);
  }
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = [];
    for (const [i, name] of BACKENDS.entries()) {
      await tf.setBackend(name);
      times.push(await time(works[i] as Work));
    }
    rounds.push(times);
  }
  const ratios = rounds.map(([onnx = 0, cpu = 0, wasm = 0]) => onnx / Math.min(cpu, wasm));
  return {
    times: BACKENDS.map((_, i) => median(rounds.map((times) => times[i] as number))),
    ratio: median(ratios),
    first,
  };
}

const names = BACKENDS.join(' | ');
console.log(
  `| ${clockName} ms per call | ${names} | onnx / better of both | first call: ${BACKENDS.join(', ')} |`,
);
console.log(`| --- | ${BACKENDS.map(() => '---').join(' | ')} | --- | --- |`);
for (const [name, make] of Object.entries(WORKS)) {
  if (!name.includes(only)) continue;
  const { times, ratio, first } = await measure(make);
  const cells = times.map((ms) => ms.toPrecision(3)).join(' | ');
  const starts = first.map((ms) => ms.toPrecision(2)).join(', ');
  console.log(`| ${name} | ${cells} | ${ratio.toFixed(2)} | ${starts} |`);
}
