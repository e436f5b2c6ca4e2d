/**
 * Where the time of one full-size training step goes, operator by operator, as ONNX Runtime's own profile says, and how
 * near its matrix products come to the speed of one large product on this machine (a roofline).
 *
 *     pnpm --filter bench profile
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setOnnxOptions } from '@mint/backend-onnx';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { productRate } from './race/operations.js';
import { fullSizeUniad, median, trainSteps } from './workloads.js';

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

const PRODUCTS = ['Gemm', 'FusedGemm', 'MatMul', 'FusedMatMul'];
const size = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);

/** Floating-point operations of a matrix product: two for each element of the result and each term of its sum. */
function flops({ args }: ProfileEvent): number {
  const shapes = [...(args.input_type_shape ?? []).slice(0, 2), ...(args.output_type_shape ?? [])];
  const [a = [], b = [], out = []] = shapes.map((types) => Object.values(types)[0] ?? []);
  const batch = size(out.slice(0, -2));
  const terms = Math.sqrt((size(a) * size(b)) / (size(out) * batch));
  return 2 * size(out) * terms;
}

const folder = await mkdtemp(join(tmpdir(), 'mint-profile-'));
try {
  await tf.setBackend('onnx');

  const peak = await productRate();

  setOnnxOptions({ profile: join(folder, 'step') });
  const times = await trainSteps(await fullSizeUniad());
  tf.removeBackend('onnx');

  const [file = ''] = (await readdir(folder)).sort();
  const events = JSON.parse(await readFile(join(folder, file), 'utf8')) as ProfileEvent[];
  const runs = events.filter(({ name }) => name === 'model_run').length;
  const rows = new Map<string, { calls: number; ms: number }>();
  let gflop = 0;
  let productsMs = 0;
  for (const event of events) {
    const { cat, name, dur, args } = event;
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    const op = args.op_name ?? name;
    const row = rows.get(op) ?? { calls: 0, ms: 0 };
    rows.set(op, { calls: row.calls + 1 / runs, ms: row.ms + dur / 1e3 / runs });
    if (PRODUCTS.includes(op)) {
      gflop += flops(event) / 1e9 / runs;
      productsMs += dur / 1e3 / runs;
    }
  }
  console.table(
    [...rows]
      .sort(([, x], [, y]) => y.ms - x.ms)
      .map(([op, { calls, ms }]) => ({ op, calls: Math.round(calls), ms: Number(ms.toFixed(2)) })),
  );
  const kernels = [...rows.values()].reduce((sum, { ms }) => sum + ms, 0);
  const stepMs = median(times);
  const percent = (part: number) => `${(100 * part).toFixed(0)} %`;
  console.log(`one product of large matrices: ${peak.toFixed(0)} GFLOP/s`);
  console.log(
    `a step: ${stepMs.toFixed(0)} ms, of it operators ${kernels.toFixed(0)} ms (profiled, which costs some), of them products ${productsMs.toFixed(0)} ms`,
  );
  console.log(
    `products: ${gflop.toFixed(1)} GFLOP a step at ${((gflop / productsMs) * 1e3).toFixed(0)} GFLOP/s, ${percent(gflop / productsMs / (peak / 1e3))} of the large one; the whole step ${percent(gflop / stepMs / (peak / 1e3))}`,
  );
} finally {
  await rm(folder, { recursive: true });
}
