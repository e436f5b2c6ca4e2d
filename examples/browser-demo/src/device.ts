import '@tensorflow/tfjs-backend-cpu';
import { MintDetector } from '@mint/detector';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

/** A graphics card may differ from the processor by this share of a score. */
const TOLERANCE = 1e-3;

/**
 * Makes TensorFlow.js compute on the first device that starts.
 *
 * @param devices - Names of TensorFlow.js, in the order to try.
 */
export async function startDevice(devices: readonly string[]): Promise<void> {
  // Threads need headers that few hosts send, and code that a bundler must not minify. The third file is named but never loaded.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': simd,
  });
  for (const device of devices) if (await tf.setBackend(device).catch(() => false)) return;
  throw new Error(`This browser cannot compute on ${devices.join(' or ')}.`);
}

/**
 * Moves the detector to the graphics card if there is one that gives the same score as the processor and is faster: a driver
 * may be broken.
 *
 * @returns The detector on the graphics card; the given one is then disposed. Otherwise the given detector.
 */
export async function onGraphicsCard(detector: MintDetector): Promise<MintDetector> {
  if (!(await hasGraphicsCard())) return detector;
  const processor = tf.getBackend();
  const [expected, slower] = await probe(detector);
  if (!(await tf.setBackend('webgpu').catch(() => false))) {
    await tf.setBackend(processor);
    return detector;
  }
  const moved = MintDetector.fromState(detector.toState());
  const [score, milliseconds] = await probe(moved).catch(() => [Number.NaN, Number.NaN]);
  if (Math.abs(score - expected) <= TOLERANCE * Math.abs(expected) && milliseconds < slower) {
    detector.dispose();
    return moved;
  }
  moved.dispose();
  await tf.setBackend(processor);
  return detector;
}

async function hasGraphicsCard(): Promise<boolean> {
  if (!('gpu' in navigator)) return false;
  // Old and new browsers report an emulated graphics card in different places.
  const adapter: (GPUAdapter & { info?: { isFallbackAdapter?: boolean } }) | null =
    await navigator.gpu.requestAdapter();
  return adapter !== null && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter);
}

/** Score of a random image, and the time it takes once everything is compiled. */
async function probe(detector: MintDetector): Promise<[score: number, milliseconds: number]> {
  const { width, height } = detector.config.input;
  const image = tf.randomUniform<tf.Rank.R4>([1, height, width, 3], 0, 255, 'float32', 1);
  try {
    await detector.predict(image);
    const start = performance.now();
    const [prediction] = await detector.predict(image);
    return [prediction?.score ?? Number.NaN, performance.now() - start];
  } finally {
    image.dispose();
  }
}
