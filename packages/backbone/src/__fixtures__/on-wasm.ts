import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { onTestFinished } from 'vitest';

/** Computes on WebAssembly until the test ends: whole networks take half a minute on the plain backend. */
export async function onWasm(): Promise<void> {
  await tf.setBackend('wasm');
  onTestFinished(async () => void (await tf.setBackend('cpu')));
}
