import * as tf from '@tensorflow/tfjs-core';

/** A backend that compiles what never changes into its graphs at once, such as that of `@mint/backend-onnx`. */
interface FreezingBackend {
  freeze(tensors: readonly tf.Tensor[]): void;
}

const canFreeze = (backend: object): backend is FreezingBackend => 'freeze' in backend;

/**
 * Tells the backend that these tensors never change. Without it a backend may build them into a graph after some runs, and the
 * last digits of a score would depend on what the process did before.
 */
export function freeze(tensors: tf.TensorContainer): void {
  const backend = tf.backend();
  if (canFreeze(backend)) backend.freeze(tf.tensor_util.getTensorsInContainer(tensors));
}
