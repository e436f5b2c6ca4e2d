import { MintError, oneLine } from '@mint/internal';
import type { Progress } from '../shell/progress.js';
import { AUTO, type Device, type NamedDevice } from './names.js';

/**
 * Loads a device and makes TensorFlow.js use it, with the gradients that tfjs-layers registers. `auto` says which device it
 * chose and why.
 *
 * @param wanted - `threads` is for `onnx`: threads of one operator; default: one per physical core. If several processes
 * share a machine, one thread each is faster for all of them.
 * @param open - Starts a device; returns what it is in a few words.
 * @returns The device in use, never `auto`.
 * @throws MintError `UNAVAILABLE`, with the reason and what to do, when the device does not work here.
 *
 * @example
 * ```ts
 * import { useDevice } from '@mint/cli';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * console.log(await useDevice({ device: 'cpu' }, { say: console.error }), tf.getBackend()); // cpu cpu
 * ```
 */
export async function useDevice(
  { device, threads }: { readonly device: Device; readonly threads?: number | undefined },
  { say }: Pick<Progress, 'say'>,
  open: (device: NamedDevice) => Promise<string> = (name) => load(name, threads),
): Promise<NamedDevice> {
  if (device !== 'auto') {
    await opened(device, open);
    return device;
  }
  const failures: MintError[] = [];
  for (const candidate of AUTO) {
    try {
      const what = await opened(candidate, open);
      const why =
        failures.length === 0 ? 'the fastest that needs nothing installed' : failures.map(oneLine).join(' ');
      say(`device: ${candidate} (${what}): ${why}`);
      return candidate;
    } catch (error) {
      if (!MintError.isInstance(error)) throw error;
      failures.push(error);
    }
  }
  throw new MintError('UNAVAILABLE', failures.map(oneLine).join(' '));
}

/** Backends take a while to load, so they are imported only when needed. */
async function load(device: NamedDevice, threads?: number): Promise<string> {
  const { openDevice } = await import('./open.js');
  const what = await openDevice(device);
  if (threads !== undefined && device.startsWith('onnx')) {
    const { setOnnxOptions } = await import('@mint/backend-onnx');
    setOnnxOptions({ threads });
  }
  return what;
}

async function opened(device: NamedDevice, open: (device: NamedDevice) => Promise<string>): Promise<string> {
  try {
    return await open(device);
  } catch (cause) {
    throw new MintError('UNAVAILABLE', `--device ${device} does not work here: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/** Says in one line why a device did not start and what to do. */
export function reasonOf(error: unknown): string {
  const text = oneLine(error);
  return MintError.isInstance(error)
    ? text
    : `${text.replace(/[.!]?$/, '.')} \`mint doctor\` lists what works.`;
}
