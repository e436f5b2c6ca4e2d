import type { SafetensorsFile, TypedTensor } from '@mint/internal';
import { subParams, toTensors } from '@mint/internal/tfjs';
import { readSafetensors, testBedPath } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';

/** A golden file: a port's weights, inputs, and what the port makes of them. */
export interface GoldenPort {
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: SafetensorsFile;
  /** Names of the inputs. */
  readonly inputs: readonly string[];
  input(name: string): tf.Tensor4D;
  /** Expected tensors by their names below `expected/`. */
  readonly expected: Readonly<Record<string, TypedTensor>>;
}

export function readGoldenPort(name: string): GoldenPort {
  const { tensors, metadata } = readSafetensors(testBedPath('golden', name));
  const inputs = toTensors(subParams(tensors, 'input/'));
  return {
    config: JSON.parse(metadata.config ?? '{}'),
    weights: { tensors: subParams(tensors, 'weight/'), metadata: {} },
    inputs: Object.keys(inputs),
    input: (size) => inputs[size] as tf.Tensor4D,
    expected: subParams(tensors, 'expected/'),
  };
}

/** Furthest difference, in standard deviations of the expected tensor; infinite when the shapes differ. */
export function distance(got: tf.Tensor, expected: TypedTensor): number {
  if (got.shape.join() !== expected.shape.join()) return Number.POSITIVE_INFINITY;
  return tf.tidy(() => {
    const wanted = tf.tensor(Float32Array.from(expected.data), [...expected.shape]);
    const deviation = tf.sqrt(tf.moments(wanted).variance);
    return tf.div(tf.max(tf.abs(tf.sub(got, wanted))), deviation).dataSync()[0] ?? Number.NaN;
  });
}
