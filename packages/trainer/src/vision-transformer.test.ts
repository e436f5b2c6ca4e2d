// A vision transformer from a file goes all the way: training, tiles, a half-size model folder, ONNX.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportOnnx } from '@mint/backend-onnx';
import { proceduralDataset } from '@mint/data';
import { MintDetector, PAPER_CONFIG, predictImage } from '@mint/detector';
import { temporaryFolder, tinyVitFile } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { inputFor, loadBackbone, PRESETS, trainDetector } from './index.js';
import '../vitest.onnx-setup.js';

const work = temporaryFolder();
const { train, network } = PRESETS.quick;

test.each([false, true])(
  'trains, saves, loads, predicts whole images and tiles, and is exported; float16 weights: %s',
  async (half) => {
    const dataset = proceduralDataset({
      trainPerClass: 8,
      testGoodPerClass: 1,
      defectsPerClass: 1,
      size: 64,
    });
    const file = join(work.path, 'vit.safetensors');
    await writeFile(file, tinyVitFile());
    const { backbone, weights, origin } = await loadBackbone(file);
    const input = { ...PAPER_CONFIG.input, width: 70, height: 56, tiles: 'auto' } as const;
    const { detector } = await trainDetector({
      dataset,
      detector: {
        ...PAPER_CONFIG,
        ...inputFor(backbone, input),
        classes: dataset.classes,
        backbone,
        network,
        featureScaling: 'standardise',
        map: 'whitened',
      },
      weights,
      origin,
      half,
      train: { ...train, epochs: 1, holdout: 0.5, seed: 0 },
      alpha: 0.2,
      cache: join(work.path, 'cache'),
      out: join(work.path, `${half}`),
    });
    expect(detector.config.grid).toEqual([4, 5]);
    expect(detector.channels).toBe(128);
    expect(detector.provenance).toMatchObject({
      backbone: 'vit.safetensors',
      backboneSha256: origin?.sha256,
    });

    const loaded = await MintDetector.load(join(work.path, `${half}`, 'model'));
    expect(loaded.toState().backbone).toEqual(detector.toState().backbone);
    for (const [width, height] of [
      [70, 56],
      [150, 100],
    ] as const) {
      const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 251);
      const { prediction } = await predictImage(loaded, { width, height, data });
      expect(prediction).toEqual((await predictImage(detector, { width, height, data })).prediction);
      expect(prediction).toMatchObject({ width, height, score: expect.any(Number) });
    }

    const detect = ({ images }: { [name: string]: tf.Tensor4D; images: tf.Tensor4D }) => ({
      ...loaded.score(loaded.features(images)),
    });
    const exported = await exportOnnx(detect, { images: tf.zeros([1, 56, 70, 3], 'int32') as tf.Tensor4D });
    const images = Int32Array.from({ length: 2 * 56 * 70 * 3 }, (_, i) => (i * 7919) % 251);
    const session = await ort.InferenceSession.create(exported);
    const outputs = await session.run({ images: new ort.Tensor('int32', images, [2, 56, 70, 3]) });
    const { score } = detect({ images: tf.tensor4d(images, [2, 56, 70, 3], 'int32') });
    expect(tf.tensor1d(Float32Array.from(outputs.score?.data as Float32Array))).toBeAllClose(score, {
      rtol: 1e-5,
    });
  },
);
