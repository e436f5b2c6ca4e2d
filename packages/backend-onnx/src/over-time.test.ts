import '@mint/test-utils';
import './index.js';
import { spawnSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { FlushPoints } from './graph/flush-points.js';
import { recordedNodes } from './graph/value.js';
import { onnxStats, setOnnxOptions } from './index.js';

// The graphs here are small, and about sessions.
setOnnxOptions({ threads: 1, smallGraphs: 'onnx' });

beforeEach(async () => {
  await tf.setBackend('onnx');
});

/** A linear model that learns y = 2 x₀ − x₁ by gradient descent with momentum, and the step that trains it, unread. */
function linear(seed: number) {
  const [w, v] = [tf.variable(tf.zeros([2, 1])), tf.variable(tf.zeros([2, 1]))];
  const truth = tf.tensor2d([2, -1], [2, 1]);
  let i = seed;
  const step = () =>
    tf.tidy(() => {
      const x = tf.sin(tf.mul(tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [5, 2]), i++)) as tf.Tensor2D;
      const error = tf.sub(tf.matMul(x, w), tf.matMul(x, truth));
      v.assign(tf.add(tf.mul(v, 0.5), tf.matMul(x, error, true)));
      w.assign(tf.sub(w, tf.mul(v, 0.05)));
    });
  return { w, step, dispose: () => tf.dispose([w, v, truth]) };
}

describe('graphs that nobody reads', () => {
  test('run by themselves, in few different graphs, and give what a read each step gives', async () => {
    const [unread, read] = [linear(1), linear(1)];
    const before = onnxStats();
    const operators = recordedNodes();
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 3000; i++) unread.step();
    expect(recordedNodes() - operators).toBeGreaterThan(29_000);
    const after = onnxStats();
    expect(after.runs - before.runs).toBeGreaterThanOrEqual(4);
    expect(after.compiles - before.compiles).toBeLessThanOrEqual(3);
    expect(after.lastGraphNodes).toBeLessThan(17_000);
    expect(tf.memory().numTensors).toBe(tensors);
    for (let i = 0; i < 3000; i++) {
      read.step();
      if (i % 50 === 0) await read.w.data();
    }
    expect(unread.w).toBeAllClose(read.w, { rtol: 1e-5 });
    expect(unread.w).toBeAllClose([[2], [-1]], { rtol: 1e-3 });
    unread.dispose();
    read.dispose();
  });

  test('their inputs count too', () => {
    const before = onnxStats().runs;
    let total = tf.scalar(0);
    for (let i = 0; i < 70; i++) {
      total = tf.tidy(() => tf.add(total, tf.sum(tf.tensor(new Float32Array(4 * 1024 * 1024).fill(1)))));
    }
    expect(onnxStats().runs - before).toBe(1);
    expect(total.dataSync()[0]).toBe(70 * 4 * 1024 * 1024);
    total.dispose();
  });

  test('a loop is cut at the same place of its body each time', () => {
    const body = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
    const points = new FlushPoints(1000);
    const cuts: number[] = [];
    let since = 0;
    for (let i = 0; i < 20_000; i++) {
      if (points.due(body[i % body.length] as number, since)) {
        cuts.push(i);
        since = 0;
      }
      since++;
    }
    expect(cuts.length).toBeGreaterThan(30);
    expect(new Set(cuts.map((cut) => cut % body.length)).size).toBe(1);
    const gaps = cuts.slice(1).map((cut, i) => cut - (cuts[i] as number));
    expect(new Set(gaps).size).toBe(1);
    expect(gaps[0]).toBeLessThan(500 + body.length + 1);
  });
});

test("two programs' graphs interleaved in one process stay right", async () => {
  const alone = async (seed: number) => {
    const { w, step, dispose } = linear(seed);
    const history: number[] = [];
    for (let i = 0; i < 12; i++) {
      step();
      history.push(...(await w.data()));
    }
    dispose();
    return history;
  };
  const apart = [await alone(100), await alone(200)];
  expect(await Promise.all([alone(100), alone(200)])).toEqual(apart);
});

// bash and `ulimit -v`
test.skipIf(process.platform !== 'linux')(
  'a matrix product of 100 GB is an error that names it, and the next run works',
  () => {
    // A process of its own, which may not have that much whatever the machine's rules for memory are.
    const script = `
    import * as tf from '@tensorflow/tfjs-core';
    import '@mint/backend-onnx';
    await tf.setBackend('onnx');
    const column = tf.ones([160_000, 1]);
    const sum = tf.sum(tf.matMul(column, column, false, true));
    const fate = await sum.data().then(() => 'computed', (error) => error.code + ' ' + error.message);
    const next = await tf.sum(tf.matMul(column, column, true)).data();
    console.log(JSON.stringify({ fate, next: next[0] }));
  `;
    const { stdout, stderr } = spawnSync(
      'bash',
      [
        '-c',
        'ulimit -v 60000000; exec "$0" --conditions=@mint/source --import tsx --input-type=module',
        process.execPath,
      ],
      { input: script, encoding: 'utf8', cwd: new URL('..', import.meta.url) },
    );
    expect(stdout, stderr).toMatch(/^\{/);
    const { fate, next } = JSON.parse(stdout);
    expect(fate).toMatch(/^COMPUTE_FAILED/);
    expect(fate).toMatch(/Its largest tensors: \[160000,160000\] float32 of \w*MatMul \(102\.4 GB\)/);
    expect(next).toBe(160_000);
  },
);
