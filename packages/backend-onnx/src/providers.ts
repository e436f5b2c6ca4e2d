import { MintError, messageOf } from '@mint/internal';
import { encodeModel } from './graph/model-proto.js';
import { onnxRuntime } from './sessions/runtime.js';

/** ONNX Runtime's execution providers that the backend can use. */
export type Provider = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

const NEEDS: Record<Exclude<Provider, 'cpu'>, string> = {
  webgpu:
    'It needs a graphics driver: on Linux a Vulkan one (Debian: libvulkan1 and mesa-vulkan-drivers, or the driver of ' +
    "the card's maker), on Windows Direct3D 12, on macOS Metal.",
  cuda:
    'It needs Linux x64, an NVIDIA driver, CUDA 12, cuDNN 9, and the libraries that the install script of ' +
    'onnxruntime-node downloads: `npm rebuild onnxruntime-node --onnxruntime-node-install`, with pnpm first ' +
    '`pnpm approve-builds`.',
  dml: 'It needs Windows.',
  coreml: 'It needs macOS.',
};

/** A graph of one operator, which every provider can run. */
const smallest = (): Uint8Array => {
  const shape = [1];
  const signature = { id: 0, op: 'Identity', domain: '', attributes: {} };
  return encodeModel({
    nodes: [{ signature, inputs: ['x'], outputs: ['y'] }],
    inputs: [{ name: 'x', dtype: 'float32', shape }],
    outputs: [{ name: 'y', dtype: 'float32', shape }],
    initializers: [],
  });
};

/**
 * Checks that the provider is available, by making a session.
 *
 * @throws MintError `UNAVAILABLE`, with what to install.
 */
export function assertAvailable(provider: Provider): void {
  if (provider === 'cpu') return;
  const model = smallest();
  try {
    const session = new (onnxRuntime().InferenceSession)();
    session.loadModel(model.buffer as ArrayBuffer, model.byteOffset, model.byteLength, {
      executionProviders: [provider],
      logSeverityLevel: 4,
    });
    session.dispose();
  } catch (cause) {
    const [reason = ''] = messageOf(cause).split('\n');
    throw new MintError(
      'UNAVAILABLE',
      `setOnnxOptions: the provider '${provider}' is not available here. ${NEEDS[provider]} ONNX Runtime says: ${reason}`,
      { cause },
    );
  }
}
