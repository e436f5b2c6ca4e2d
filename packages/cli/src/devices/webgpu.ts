import { MintError, oneLine } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { type Importer, notInstalled } from './optional-package.js';

/** The `webgpu` package: Dawn, Chromium's WebGPU. */
interface Dawn {
  create(options: string[]): Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}

interface Gpu {
  requestAdapter(options: object): Promise<{ readonly info?: { readonly description?: string } } | null>;
}

/**
 * Loads the WebGPU backend of TensorFlow.js, which looks for WebGPU in `navigator.gpu` while it is imported.
 *
 * @returns Name of the driver of the graphics card.
 */
export async function loadWebgpu(optional: Importer): Promise<string> {
  const dawn = await optional('webgpu');
  if (!isDawn(dawn)) throw notInstalled('webgpu', '@tensorflow/tfjs-backend-webgpu');
  for (const [name, value] of Object.entries(dawn.globals))
    if (!(name in globalThis)) define(globalThis, name, value);
  const gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new MintError(
      'UNAVAILABLE',
      'WebGPU does not find a graphics card. Install its driver: on Linux the Vulkan driver of the maker of the card; Windows and macOS have one.',
    );
  }
  // Node has `navigator` since version 21.
  if (!('navigator' in globalThis)) define(globalThis, 'navigator', {});
  define(globalThis.navigator, 'gpu', gpu);
  if ((await optional('@tensorflow/tfjs-backend-webgpu')) === undefined)
    throw notInstalled('@tensorflow/tfjs-backend-webgpu');
  return `WebGPU on ${adapter.info?.description || 'an unnamed driver'}`;
}

/** Ends the process with an error when the driver refuses work: TensorFlow.js would go on with wrong results. */
export function stopOnDriverErrors(): void {
  const backend = tf.backend();
  if (!('device' in backend && isEventTarget(backend.device))) return;
  backend.device.addEventListener('uncapturederror', ({ error }) => {
    throw new MintError(
      'COMPUTE_FAILED',
      `--device webgpu: the graphics driver refused work: ${oneLine(error.message)} Update the driver, or use another --device.`,
    );
  });
}

interface DriverErrors {
  addEventListener(
    type: 'uncapturederror',
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void;
}

const isEventTarget = (value: unknown): value is DriverErrors =>
  typeof value === 'object' && value !== null && 'addEventListener' in value;

const define = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
};

function isDawn(value: unknown): value is Dawn {
  return (
    typeof value === 'object' &&
    value !== null &&
    'create' in value &&
    typeof value.create === 'function' &&
    'globals' in value &&
    typeof value.globals === 'object'
  );
}
