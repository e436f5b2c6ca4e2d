import { MintError, oneLine } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';

/** tfjs backends this command can bring along; `onnx` is by far the fastest in Node. */
export const DEVICES = ['onnx', 'wasm', 'cpu'] as const;
export type Device = (typeof DEVICES)[number];

const LOADERS: Record<Device, () => Promise<unknown>> = {
  onnx: () => import('@mint/backend-onnx'),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
};

/** Loads and selects a backend, with the gradients that tfjs-layers registers. */
export async function useDevice(device: Device): Promise<void> {
  try {
    await import('@tensorflow/tfjs-layers');
    await LOADERS[device]();
    if (!(await tf.setBackend(device))) throw new Error('it did not start');
    await tf.ready();
  } catch (error) {
    throw new MintError(
      'UNAVAILABLE',
      `--device ${device} does not work here: ${oneLine(error)}. Try --device wasm.`,
      {
        cause: error,
      },
    );
  }
}
