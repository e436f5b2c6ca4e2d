import type * as tf from '@tensorflow/tfjs-core';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';

/** An image or feature tensor as both runtimes take it. */
export interface Input {
  readonly name: string;
  readonly type: 'uint8' | 'float32';
  readonly data: Uint8Array | Float32Array;
  readonly shape: readonly number[];
}

/** Largest difference of an output from what tfjs computes, as a share of the largest value there. */
export interface Difference {
  readonly runtime: string;
  readonly output: string;
  readonly share: number;
}

async function run(runtime: typeof node | typeof web, file: Uint8Array, { name, type, data, shape }: Input) {
  const session = await runtime.InferenceSession.create(file);
  try {
    return await session.run({ [name]: new runtime.Tensor(type as 'float32', data as Float32Array, shape) });
  } finally {
    await session.release();
  }
}

/** Runs a file in onnxruntime-node and in onnxruntime-web, and compares each output with the original's. */
export async function differences(
  file: Uint8Array,
  input: Input,
  expected: Record<string, tf.Tensor>,
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const [name, runtime] of Object.entries({ 'onnxruntime-node': node, 'onnxruntime-web': web })) {
    const results = await run(runtime, file, input);
    for (const [output, want] of Object.entries(expected)) {
      const [got, wanted] = [results[output], await want.data<'float32'>()];
      if (got?.dims.join() !== want.shape.join())
        throw new Error(`${output} is [${got?.dims}], not [${want.shape}]`);
      const values = got.data as Float32Array;
      const difference = wanted.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (values[i] ?? Number.NaN))),
        0,
      );
      const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      found.push({ runtime: name, output, share: difference / scale });
    }
  }
  return found;
}
