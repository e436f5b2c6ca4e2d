import { readSafetensors } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import type { ClassQueryConfig, PromptMode } from '../index.js';

// mint-tiny: inputs, weights, outputs and gradients of the whole class-aware network, PyTorch in float64.
const { tensors } = readSafetensors(new URL('./mint-tiny.safetensors', import.meta.url));

export function golden(name: string): tf.Tensor {
  const found = tensors[name];
  if (found === undefined) throw new Error(`no golden tensor ${name}`);
  const data = found.data instanceof Float64Array ? Float32Array.from(found.data) : found.data;
  return tf.tensor(data, [...found.shape], data instanceof Float32Array ? 'float32' : 'int32');
}

/** The weights that belong to this package; the transformer's are left out. */
export function goldenWeights(): Record<string, tf.Tensor> {
  const own = /^weight\/(classifier|classEmbedding|inr|queryHead|priorHead)/;
  const names = Object.keys(tensors).filter((name) => own.test(name));
  return Object.fromEntries(names.map((name) => [name.slice('weight/'.length), golden(name)]));
}

export const goldenConfig = (mode: PromptMode): ClassQueryConfig => ({
  classes: 3,
  channels: 20,
  grid: [6, 6],
  hidden: 32,
  decoderLayers: 2,
  mode,
  embedding: 8,
  trunkWidth: 16,
  classifierWidth: 12,
});

/** Clean features `[4, 36, 20]`. */
export const goldenTokens = (): tf.Tensor3D => tf.reshape(golden('input/features'), [4, 36, 20]);
