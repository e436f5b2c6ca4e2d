import { MintError } from '@mint/internal';
import { encodeModel } from '../graph/model-proto.js';
import type { Dtype, TypedArray } from '../graph/value.js';
import { onnxOptions } from '../options.js';
import { onnxRuntime } from './runtime.js';
import { run, type Session } from './without-copies.js';

// Long enough for the vector instructions of every processor.
const LENGTH = 64;

let exact: boolean | undefined;

/**
 * Checks that int8 products are exact: processors without instructions for them (x86 before VNNI) add pairs of products in
 * 16 bits, which overflow.
 *
 * @throws MintError `UNAVAILABLE`.
 */
export function assertExactInt8(): void {
  const { provider } = onnxOptions();
  if (provider !== 'cpu') {
    const message = `onnx backend: int8 needs the provider 'cpu', not '${provider}'; or use a model in float32.`;
    throw new MintError('UNAVAILABLE', message);
  }
  exact ??= largestProduct() === 255 * 127 * LENGTH;
  if (exact) return;
  throw new MintError(
    'UNAVAILABLE',
    'onnx backend: this processor has no instructions for exact int8 products (VNNI on x86); use a model in float32.',
  );
}

/** The sum of `LENGTH` products of the largest numbers. */
function largestProduct(): number {
  const signature = { id: 0, op: 'MatMulInteger', domain: '', attributes: {} };
  const model = encodeModel({
    nodes: [{ signature, inputs: ['a', 'b'], outputs: ['y'] }],
    inputs: [{ name: 'a', dtype: 'uint8', shape: [LENGTH, LENGTH] }],
    outputs: [{ name: 'y', dtype: 'int32', shape: [LENGTH, LENGTH] }],
    initializers: [
      { name: 'b', dtype: 'int8', shape: [LENGTH, LENGTH], array: new Int8Array(LENGTH ** 2).fill(127) },
    ],
  });
  const session = new (onnxRuntime().InferenceSession)();
  session.loadModel(model.buffer as ArrayBuffer, model.byteOffset, model.byteLength, {
    executionProviders: ['cpu'],
    logSeverityLevel: 4,
  });
  const tensor = (type: Dtype, data: TypedArray) =>
    ({ type, dims: [LENGTH, LENGTH], data, location: 'cpu' }) as const;
  const sums = new Int32Array(LENGTH ** 2);
  run(
    session as Session,
    { a: tensor('uint8', new Uint8Array(LENGTH ** 2).fill(255)) },
    { y: tensor('int32', sums) },
  );
  session.dispose();
  return sums[0] as number;
}
