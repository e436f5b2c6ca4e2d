import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeSafetensors, type SafetensorsFile } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import type {} from 'vitest';

export { mutateBytes, mutateJson, mutateSafetensors } from './mutate.js';
export { roundTrip } from './round-trip.js';
export { temporaryFolder } from './temporary-folder.js';
export { tinyResNetFile } from './tiny-resnet.js';
export { tinyVitFile } from './tiny-vit.js';
export { weightsIn } from './weights-in.js';

export interface CloseOptions {
  rtol?: number;
  atol?: number;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest declares the same parameter this way
  interface Matchers<T = any> {
    /** Equal shapes and |a − e| ≤ atol + rtol·|e| everywhere. NaN and ±Infinity equal only themselves. */
    toBeAllClose(expected: tf.TensorLike | tf.Tensor, options?: CloseOptions): T;
  }
}

/** Throws if a tensor that `fn` makes and does not return still exists when it ends. Disposes the result. */
export function expectNoLeak(fn: () => tf.TensorContainer): void {
  const before = tf.memory().numTensors;
  tf.dispose(fn());
  const leaked = tf.memory().numTensors - before;
  if (leaked !== 0) throw new Error(`leaked ${leaked} tensor(s)`);
}

/**
 * Central differences of a scalar function of one tensor, float32: pick `step` near 1e-2 and compare
 * with a relative tolerance near 1e-2.
 */
export function numericGradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, step = 1e-2): Float32Array {
  const base = x.dataSync() as Float32Array;
  const at = (i: number, delta: number): number =>
    tf.tidy(() => {
      const moved = base.slice();
      moved[i] = (moved[i] ?? 0) + delta;
      return f(tf.tensor(moved, x.shape)).dataSync()[0] ?? Number.NaN;
    });
  return base.map((_, i) => (at(i, step) - at(i, -step)) / (2 * step));
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Path of the shared test bed (reference vectors with images, real data sets, weights), if it exists. */
export const testBed: string | undefined = [process.env.MINT_TEST_BED, join(root, '../shared')].find(
  (path) => path !== undefined && existsSync(join(path, 'golden')),
);

/** Title of a test that needs the test bed. It shows that the test is skipped if there is none. */
export const needsTestBed = (title: string): string =>
  testBed === undefined ? `${title} (skipped: no test bed)` : title;

/** Path inside the test bed. Call it only in tests guarded by `test.skipIf(testBed === undefined)`. */
export function testBedPath(...parts: string[]): string {
  if (testBed === undefined) throw new Error('no test bed');
  return join(testBed, ...parts);
}

/** A safetensors file as typed arrays. */
export function readSafetensors(path: string | URL): SafetensorsFile {
  return decodeSafetensors(readFileSync(path), String(path));
}
