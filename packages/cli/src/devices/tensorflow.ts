import { MintError, oneLine } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { type Importer, notInstalled } from './optional-package.js';

/** Both register the backend `tensorflow`; a user who installed the package for CUDA wants to use that one. */
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/**
 * Loads tfjs-node or tfjs-node-gpu, which register a backend `tensorflow` on import.
 *
 * @returns Name of the package, and whether it found a graphics card.
 */
export async function loadTensorflow(optional: Importer): Promise<string> {
  for (const name of PACKAGES) {
    try {
      if ((await optional(name)) === undefined) continue;
      // tfjs-node 4.22.0 loads on Node 23 and later, and fails at the first tensor.
      await tf.setBackend('tensorflow');
      await tf.tidy(() => tf.add(1, 1)).data();
    } catch (cause) {
      throw new MintError(
        'UNAVAILABLE',
        `${name} failed: ${oneLine(cause).replace(/[.!]?$/, '.')} It works on Node 20 and 22 only, and where its install ` +
          `script has run: \`npm rebuild ${name}\` (with pnpm first \`pnpm approve-builds\`).`,
        { cause },
      );
    }
    const gpu: unknown = Reflect.get(tf.backend(), 'isUsingGpuDevice');
    return gpu === true ? `${name}, on a graphics card` : `${name}, on the CPU`;
  }
  throw notInstalled('@tensorflow/tfjs-node');
}
