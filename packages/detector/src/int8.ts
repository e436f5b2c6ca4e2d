import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';

/** A backend that computes products in int8, such as that of `@mint/backend-onnx`. */
interface Int8Backend {
  useInt8(matrices: readonly tf.Tensor[]): void;
}

const hasInt8 = (backend: object): backend is Int8Backend => 'useInt8' in backend;

/** Weights of the transformer; class-aware queries, which sines of coordinates make, need all their digits. */
const OF_TRANSFORMER = /^(en|de)coder/;

/**
 * Lets the backend compute the products of backbone and transformer in int8.
 *
 * @throws MintError `UNAVAILABLE` if the backend cannot: the model's limits hold for int8 only.
 */
export function useInt8(
  backbone: Readonly<Record<string, tf.Tensor>>,
  network: Readonly<Record<string, tf.Tensor>>,
): void {
  const backend = tf.backend();
  if (!hasInt8(backend)) {
    throw new MintError(
      'UNAVAILABLE',
      `MintDetector: this model computes in int8, which the backend '${tf.getBackend()}' cannot. Use @mint/backend-onnx ` +
        "(`await tf.setBackend('onnx')`), or train a model in float32.",
    );
  }
  const layers = Object.entries(network).flatMap(([name, tensor]) =>
    OF_TRANSFORMER.test(name) ? [tensor] : [],
  );
  backend.useInt8([...Object.values(backbone), ...layers].filter(({ rank }) => rank === 2));
}
