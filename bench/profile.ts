/**
 * Where the time of one full-size training step goes, operator by operator, as ONNX Runtime's own profile says, beside
 * the speed of one large matrix product on this machine.
 *
 *     pnpm --filter bench profile
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setOnnxOptions } from '@mint/backend-onnx';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { fullSizeUniad, median, medianMs, trainSteps } from './workloads.js';

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: { readonly op_name?: string; readonly input_type_shape?: unknown };
}

const folder = await mkdtemp(join(tmpdir(), 'mint-profile-'));
try {
  await tf.setBackend('onnx');

  const size = 2048;
  const [a, b] = [tf.randomNormal([size, size]), tf.randomNormal([size, size])];
  const productMs = await medianMs(async () => {
    const product = tf.matMul(a, b);
    await product.data();
    product.dispose();
  });
  const peak = (2 * size ** 3) / productMs / 1e6;

  setOnnxOptions({ profile: join(folder, 'step') });
  const times = await trainSteps(fullSizeUniad());
  tf.removeBackend('onnx');

  const [file = ''] = (await readdir(folder)).sort();
  const events = JSON.parse(await readFile(join(folder, file), 'utf8')) as ProfileEvent[];
  const runs = events.filter(({ name }) => name === 'model_run').length;
  const rows = new Map<string, { calls: number; ms: number }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    const op = args.op_name ?? name;
    const row = rows.get(op) ?? { calls: 0, ms: 0 };
    rows.set(op, { calls: row.calls + 1 / runs, ms: row.ms + dur / 1e3 / runs });
  }
  console.table(
    [...rows]
      .sort(([, x], [, y]) => y.ms - x.ms)
      .map(([op, { calls, ms }]) => ({ op, calls: Math.round(calls), ms: Number(ms.toFixed(2)) })),
  );
  const kernels = [...rows.values()].reduce((sum, { ms }) => sum + ms, 0);
  console.log(
    `step ${median(times).toFixed(0)} ms, kernels ${kernels.toFixed(0)} ms; product of ${size}² matrices: ${peak.toFixed(0)} GFLOP/s`,
  );
} finally {
  await rm(folder, { recursive: true });
}
