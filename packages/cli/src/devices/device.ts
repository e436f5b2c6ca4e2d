import { MintError, oneLine } from '@mint/internal';
import type { Progress } from '../shell/progress.js';

/** What can compute: TensorFlow.js backends, `onnx` with its provider after a colon. The fastest on a CPU come first. */
export const NAMED_DEVICES = [
  'onnx',
  'onnx:webgpu',
  'onnx:cuda',
  'webgpu',
  'tensorflow',
  'wasm',
  'cpu',
] as const;

/** Values of `--device`. */
export const DEVICES = ['auto', ...NAMED_DEVICES] as const;
/** One of {@link DEVICES}. */
export type Device = (typeof DEVICES)[number];
/** What really computes, as results record it. */
export type NamedDevice = Exclude<Device, 'auto'>;

/**
 * What `auto` tries, the fastest first: only what comes with this command and computes on the CPU. So the same machine
 * always gets the same device, nothing is measured at the start, and a graphics driver, whose faults can be silent or
 * end the process, is used when it is asked for by name.
 */
export const AUTO = ['onnx', 'wasm', 'cpu'] as const satisfies readonly NamedDevice[];

/**
 * Loads and selects what computes, with the gradients that tfjs-layers registers. `auto` says what it chose and why.
 *
 * @param wanted - Of `onnx`, `threads` for one operator; default: one for each physical core. Where several processes share a machine, one
 * thread each is faster for all.
 * @param open - Starts a device; returns what it is in a few words.
 * @returns The device in use, never `auto`.
 * @throws MintError `UNAVAILABLE`, with why and what to do, when the device does not work here.
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

/** Backends take a while to load, so only when one is to compute. */
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

/** Why a device did not start and what to do, in one line. */
export function reasonOf(error: unknown): string {
  const text = oneLine(error);
  return MintError.isInstance(error)
    ? text
    : `${text.replace(/[.!]?$/, '.')} \`mint doctor\` lists what works.`;
}
