import { MintError } from '@mint/internal';

/** For a tensor whose backend was removed. */
export const freedTensor = (): MintError =>
  new MintError(
    'UNAVAILABLE',
    "onnx backend: tf.removeBackend('onnx') freed the values of this tensor; read what you need before it.",
  );

/** For values that are read while a graph is recorded for a file. */
export const readWhileRecording = (): MintError =>
  new MintError(
    'INVALID_ARGUMENT',
    'exportOnnx: the function reads the values of a tensor (data, dataSync, arraySync, print, tf.time, …), which do ' +
      'not exist while a graph is recorded. Use operations on tensors, such as tf.where, instead.',
  );
