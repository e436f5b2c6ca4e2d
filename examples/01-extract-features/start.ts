// Images in, one .npy file of features per image out: numpy.load() reads them.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { alignFeatures, backboneFeatures, backboneInfo, normaliseImages, toTensors } from '@mint/backbone';
import { batches, loadMvtec, proceduralDataset } from '@mint/data';
import { loadBackbone } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@mint/backend-onnx';
import { config } from './config.js';
import { encodeNpy } from './npy.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    weights: { type: 'string' },
    out: { type: 'string', default: 'runs/features' },
  },
});
await tf.setBackend('onnx');

const dataset =
  values.data === undefined ? proceduralDataset({ trainPerClass: 4 }) : await loadMvtec(values.data);
// EfficientNet-B4 with UniAD's choice of blocks and padding; without a weight file the scattering backbone, which needs none.
const { backbone, weights } = await loadBackbone(values.weights);
const params = toTensors(weights);
console.log(
  `${dataset.samples.length} images of ${dataset.classes.join(', ')}; ${backboneInfo(backbone).totalChannels} channels`,
);

const began = performance.now();
let done = 0;
for await (const { samples, images, shape } of batches(dataset.samples, {
  batchSize: config.batchSize,
  preprocessing: config.preprocessing,
})) {
  const features = tf.tidy(() => {
    const batch = tf.tensor4d(images, [...shape], 'int32');
    return alignFeatures(backboneFeatures(params, backbone, normaliseImages(batch)), config.grid);
  });
  const [, ...size] = features.shape;
  const data = Float32Array.from(await features.data());
  features.dispose();
  const length = data.length / samples.length;
  for (const [i, { id }] of samples.entries()) {
    const path = join(values.out, `${id}.npy`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, encodeNpy(data.subarray(i * length, (i + 1) * length), size));
  }
  done += samples.length;
}
const ms = (performance.now() - began) / done;
console.log(`${done} files in ${values.out}, ${ms.toFixed(0)} ms per image`);
