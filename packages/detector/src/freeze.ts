import type { TypedTensor } from '@mint/internal';
import { toTensors } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** A backend that compiles what never changes into its graphs at once, such as that of `@mint/backend-onnx`. */
interface FreezingBackend {
  /** A tensor of this very array. */
  makeKnown(values: Float32Array, shape: readonly number[], dtype: 'float32'): tf.TensorInfo;
  freeze(tensors: readonly tf.TensorInfo[]): void;
}

const canFreeze = (backend: object): backend is FreezingBackend =>
  'freeze' in backend && 'makeKnown' in backend;

/**
 * A tensor that never changes; `tf.dispose` frees it, an enclosing `tf.tidy` does not. A backend that is not told so may build it
 * into a graph after some runs, and the last digits of a score would depend on what the process did before.
 *
 * @param values - The backend may use this very array.
 */
export function frozen<R extends tf.Rank>(values: Float32Array, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const backend = tf.backend();
  if (!canFreeze(backend)) return tf.keep(tf.tensor(values, shape)) as tf.Tensor<R>;
  const info = backend.makeKnown(values, shape, 'float32');
  backend.freeze([info]);
  return tf.keep(tf.engine().makeTensorFromTensorInfo(info)) as tf.Tensor<R>;
}

/** {@link frozen} of weights by name. */
export const frozenWeights = (weights: Readonly<Record<string, TypedTensor>>): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => {
      const { data, shape } = weight;
      if (data instanceof Float32Array) return [name, frozen(data, [...shape])];
      const { [name]: tensor } = toTensors({ [name]: weight });
      return [name, tf.keep(tensor as tf.Tensor)];
    }),
  );
