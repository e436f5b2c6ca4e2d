import { MintError } from '@mint/internal';
import { getBackend, io, registerBackend, registerKernel, type Tensor } from '@tensorflow/tfjs-core';
import { OnnxBackend } from './backend.js';
import { fileRouter } from './io/file-system.js';
import { KERNELS } from './kernels/all.js';
import type { OnnxStats } from './sessions/session-cache.js';

export {
  type ExportOptions,
  exportOnnx,
  type FromLayer,
  type LayersModelLike,
  type NamedWeight,
} from './export/export-onnx.js';
export type { Tensors } from './export/record.js';
export { fileSystem } from './io/file-system.js';
export { type OnnxOptions, setOnnxOptions } from './options.js';
export type { Provider } from './providers.js';
export type { OnnxStats } from './sessions/session-cache.js';

let backend = new OnnxBackend();

/**
 * Counts what the backend has compiled and run since it was registered.
 *
 * @example
 * ```ts
 * import { onnxStats } from '@mint/backend-onnx';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await tf.setBackend('onnx');
 * const { runs } = onnxStats();
 * console.log(await tf.sum(tf.square([1, 2, 3])).data()); // Float32Array(1) [ 14 ]
 * console.log(onnxStats().runs - runs, onnxStats().lastGraphNodes); // 1 2
 * ```
 */
export function onnxStats(): OnnxStats {
  return { ...backend.stats };
}

/**
 * From now on, products with one of these matrices as their second operand are computed in int8: columns of the matrix and rows of
 * the first operand are rounded to 255 levels each. A row's result depends on no other row. Gradients stay in float32, and so do
 * other uses of the matrices.
 *
 * @param matrices - Tensors of rank 2 on the backend `onnx`, such as the kernels of dense layers.
 * @throws MintError `INVALID_ARGUMENT` if another backend is current; `UNAVAILABLE` if this processor has no exact int8 products,
 * or the provider is not `cpu`.
 *
 * @example
 * ```ts
 * import { useInt8 } from '@mint/backend-onnx';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await tf.setBackend('onnx');
 * const kernel = tf.tensor2d([[1], [0.5]]);
 * const x = tf.tensor2d([[3, 1]]);
 * useInt8([kernel]);
 * console.log((await tf.matMul(x, kernel).data())[0]?.toFixed(1)); // 3.5
 * ```
 */
export function useInt8(matrices: readonly Tensor[]): void {
  assertCurrent('useInt8');
  backend.useInt8(matrices);
}

/**
 * Says that these tensors never change, such as the weights of a model that is loaded for inference. Graphs are compiled with them
 * built in from the first run on, which is otherwise done at the second: a program that runs once is done sooner, one copy of the
 * weights fewer is kept, and every run gives the same bits. The graphs go when the tensors are disposed. An `assign` to a variable
 * that is frozen gives it another tensor, which is not.
 *
 * @param tensors - Tensors on the backend `onnx`.
 * @throws MintError `INVALID_ARGUMENT` if another backend is current.
 *
 * @example
 * ```ts
 * import { freeze, onnxStats } from '@mint/backend-onnx';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await tf.setBackend('onnx');
 * const kernel = tf.ones<tf.Rank.R2>([512, 512]);
 * freeze([kernel]);
 * console.log((await tf.matMul(tf.ones([512, 512]), kernel).data())[0]); // 512
 * console.log(onnxStats().lastFrozenInputs); // 1
 * ```
 */
export function freeze(tensors: readonly Tensor[]): void {
  assertCurrent('freeze');
  backend.freeze(tensors);
}

function assertCurrent(what: string): void {
  if (getBackend() === 'onnx') return;
  const message = `${what}: needs the backend 'onnx', the current one is '${getBackend()}'.`;
  throw new MintError('INVALID_ARGUMENT', message);
}

// Above the backends of tfjs that can run beside it in Node: wasm has 2, cpu 1.
const PRIORITY = 4;

/**
 * Registers the backend again after `tf.removeBackend('onnx')`. Importing this package registers it the first time.
 *
 * @example
 * ```ts
 * import { registerOnnxBackend } from '@mint/backend-onnx';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await tf.setBackend('onnx');
 * tf.removeBackend('onnx'); // frees its sessions and arrays
 * registerOnnxBackend();
 * console.log(await tf.setBackend('onnx')); // true
 * ```
 */
export function registerOnnxBackend(): void {
  registerBackend(
    'onnx',
    () => {
      backend = new OnnxBackend();
      return backend;
    },
    PRIORITY,
  );
}

registerOnnxBackend();
for (const kernel of KERNELS) registerKernel(kernel);
io.registerSaveRouter(fileRouter);
io.registerLoadRouter(fileRouter);
