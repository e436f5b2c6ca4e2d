// vitest `setupFiles`: the tests run on the ONNX backend.
import '@mint/backend-onnx';
import * as tf from '@tensorflow/tfjs-core';

await tf.setBackend('onnx');
