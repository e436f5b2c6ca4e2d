import type { MintDetector } from '@mint/detector';
import type { TypedTensor } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import * as tf from '@tensorflow/tfjs-core';
import { FeatureCache, type FeatureCacheOptions } from './feature-cache.js';

/** Raised when decoding, resizing or a backbone changes its numbers: older features then do not count. */
const FEATURES_VERSION = 2;

/**
 * The cache of a detector's features. Its fingerprint covers preprocessing, backbone, backbone weights, the number format and
 * the device, because the last digits differ from device to device.
 *
 * See the example of `featureBatches`.
 *
 * @param folder - Of all caches: each fingerprint has a subfolder.
 * @param options - `device`: what computes, where the name of the backend does not say it (`onnx` has several providers).
 */
export function featureCacheOf(
  folder: string,
  detector: MintDetector,
  {
    device = tf.getBackend(),
    ...options
  }: FeatureCacheOptions & { readonly device?: string | undefined } = {},
): FeatureCache {
  const { config, backbone } = detector.toState();
  const fingerprint = JSON.stringify({
    version: FEATURES_VERSION,
    input: config.input,
    backbone: config.backbone,
    grid: config.grid,
    precision: config.precision === 'int8' ? config.precision : undefined,
    weights: weightsHash(backbone),
    device,
  });
  return new FeatureCache(folder, fingerprint, options);
}

/** SHA-256 over names, shapes and values of weights. */
export function weightsHash(weights: Readonly<Record<string, TypedTensor>>): string {
  const parts = Object.entries(weights)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { shape, data }]) => [
      `${name}[${shape}]`,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]);
  return sha256(...parts);
}
