import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import type { NamedDevice } from './names.js';
import { type Importer, importOptional } from './optional-package.js';
import { loadTensorflow } from './tensorflow.js';
import { loadWebgpu, stopOnDriverErrors } from './webgpu.js';

/** Loads each device and returns what it is in a few words. */
const LOAD: Readonly<Record<NamedDevice, (optional: Importer) => Promise<string>>> = {
  onnx: () =>
    loadOnnx(
      'cpu',
      'ONNX Runtime on the CPU',
      'It runs on Linux with glibc, Windows, and macOS on Apple silicon; elsewhere use --device wasm.',
    ),
  'onnx:webgpu': () =>
    loadOnnx(
      'webgpu',
      'ONNX Runtime on WebGPU',
      'Install a graphics driver: on Linux the Vulkan driver of the maker of the card; Windows and macOS have one.',
    ),
  'onnx:cuda': () =>
    loadOnnx(
      'cuda',
      'ONNX Runtime on CUDA',
      'It needs Linux x64 with an NVIDIA driver, CUDA 12, cuDNN 9, and the CUDA library of ONNX Runtime: in the folder ' +
        'where mint is installed, `npm rebuild onnxruntime-node --onnxruntime-node-install` (with pnpm first `pnpm approve-builds`).',
    ),
  webgpu: loadWebgpu,
  tensorflow: loadTensorflow,
  wasm: async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    return 'WebAssembly on one core';
  },
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    return 'plain JavaScript';
  },
};

/**
 * Loads a device and makes TensorFlow.js use it, with the gradients of tfjs-layers.
 *
 * @param optional - Imports packages that do not come with this command.
 * @returns What the device is, in a few words.
 * @throws The reason why the device does not work here; a `MintError` that says what to do, where that is known.
 */
export async function openDevice(device: NamedDevice, optional: Importer = importOptional): Promise<string> {
  // tfjs-core has no gradients of its own.
  await import('@tensorflow/tfjs-layers');
  const what = await LOAD[device](optional);
  const [backend = device] = device.split(':');
  if (!(await tf.setBackend(backend)))
    throw new Error(`TensorFlow.js did not start its backend '${backend}'`);
  await tf.ready();
  if (device === 'webgpu') stopOnDriverErrors();
  return what;
}

async function loadOnnx(provider: 'cpu' | 'webgpu' | 'cuda', what: string, fix: string): Promise<string> {
  try {
    const { setOnnxOptions } = await import('@mint/backend-onnx');
    setOnnxOptions({ provider });
  } catch (error) {
    // The cause has the words of ONNX Runtime; what users of the command can do is added here.
    const cause = MintError.isInstance(error) ? error.cause : error;
    const [line = ''] = String(cause instanceof Error ? cause.message : cause).split('\n');
    const why = line.replace(/^.* was false\. /, '').replace(/\.?$/, '.');
    throw new MintError('UNAVAILABLE', `ONNX Runtime says: ${why} ${fix}`, { cause: error });
  }
  return what;
}
