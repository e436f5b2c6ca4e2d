// What a backbone has to do: training, model folder, whole images and tiles, ONNX.
import { join } from 'node:path';
import { exportOnnx } from '@mint/backend-onnx';
import { proceduralDataset } from '@mint/data';
import { type DetectorConfig, MintDetector, PAPER_CONFIG, predictImage } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { expect } from 'vitest';
import { inputFor, type LoadedBackbone, PRESETS, trainDetector } from '../index.js';

web.env.wasm.numThreads = 1;

const dataset = proceduralDataset({ trainPerClass: 8, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
const { train, network } = PRESETS.quick;

/** Settings of a small detector on this backbone. */
export const smallConfig = (
  backbone: DetectorConfig['backbone'],
  size: { readonly width: number; readonly height: number },
): DetectorConfig => ({
  ...PAPER_CONFIG,
  ...inputFor(backbone, { ...PAPER_CONFIG.input, ...size, tiles: 'auto' }),
  classes: dataset.classes,
  backbone,
  network,
  featureScaling: 'standardise',
  map: 'whitened',
});

/** Any pixels, the same each time. */
const pixels = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7919) % 251);

/**
 * Trains a detector on a backbone into `out`, loads it again, and checks that it predicts the same, whole and in tiles, and that
 * both ONNX runtimes compute its scores.
 *
 * @returns The detector as loaded.
 */
export async function wholeWay(
  { backbone, weights, origin }: LoadedBackbone,
  { out, half, ...size }: { out: string; half?: boolean; width: number; height: number },
): Promise<MintDetector> {
  const { detector } = await trainDetector({
    dataset,
    detector: smallConfig(backbone, size),
    weights,
    origin,
    half,
    train: { ...train, epochs: 1, holdout: 0.5, seed: 0 },
    alpha: 0.2,
    cache: join(out, 'cache'),
    out,
  });
  const loaded = await MintDetector.load(join(out, 'model'));
  expect(loaded.config).toEqual(detector.config);
  expect(loaded.toState().backbone).toEqual(detector.toState().backbone);
  for (const [width, height] of [
    [size.width, size.height],
    [150, 100],
  ] as const) {
    const image = { width, height, data: pixels(width * height * 3) };
    const { prediction } = await predictImage(loaded, image);
    expect(prediction).toEqual((await predictImage(detector, image)).prediction);
    expect(prediction).toMatchObject({ width, height, score: expect.any(Number) });
    expect(loaded.decide(prediction).decision).not.toBe('none');
  }
  detector.dispose();
  await expectExported(loaded, size);
  return loaded;
}

/** Both runtimes compute what the detector does, at another batch size than that of the export. */
async function expectExported(detector: MintDetector, { width, height }: { width: number; height: number }) {
  const detect = ({ images }: { [name: string]: tf.Tensor4D; images: tf.Tensor4D }) => ({
    ...detector.score(detector.features(images)),
  });
  const file = await exportOnnx(detect, { images: tf.zeros([1, height, width, 3], 'int32') as tf.Tensor4D });
  const dims = [2, height, width, 3] as const;
  const images = Int32Array.from(pixels(2 * height * width * 3));
  const wanted: Record<string, tf.Tensor> = detect({ images: tf.tensor4d(images, [...dims], 'int32') });
  for (const runtime of [node, web]) {
    const session = await runtime.InferenceSession.create(file);
    const outputs = await session.run({ images: new runtime.Tensor('int32', images, dims) });
    await session.release();
    for (const [name, tensor] of Object.entries(wanted)) {
      const values = tf.tensor(Float32Array.from(outputs[name]?.data as Float32Array), tensor.shape);
      const largest = tf.max(tf.abs(tensor)).dataSync()[0] ?? 0;
      expect(values, name).toBeAllClose(tensor, { rtol: 0, atol: 1e-5 * largest });
    }
  }
}
