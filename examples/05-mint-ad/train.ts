// Trains one model for all classes of a data set on good images, and saves it.
import { join } from 'node:path';
import { loadBackbone, trainDetector } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers the gradients
import '@mint/backend-onnx';
import { config } from './config.js';
import { flags, loadData } from './data.js';

await tf.setBackend('onnx');
const dataset = await loadData();

// 1. A frozen backbone: EfficientNet-B4 when there are weights, scattering otherwise.
const { backbone, weights } = await loadBackbone(flags.weights);

// 2. The rest is one call. It splits the good training images: most are learned, some are held out. It computes their
//    features once and keeps them in the cache. It trains with L_MSE + L_CE + L_Prior and saves a checkpoint every two
//    minutes. The scores of the held-out images then set the thresholds and the scale of the heat maps; test images are
//    not used.
const { detector, images, steps } = await trainDetector(
  {
    dataset,
    detector: { ...config.detector, classes: dataset.classes, backbone },
    weights,
    train: config.train,
    alpha: config.alpha,
    cache: join(config.out, 'feature-cache'),
    out: config.out,
    overwrite: true, // a second run takes the place of the first
  },
  {
    onStage: ({ title, total, unit }) => console.log(`${title}: ${total} ${unit}`),
    onStep: ({ step, steps, mse, ce, prior, ms }) => {
      if (step % 20 === 0 || step === 1) {
        const losses = `L_MSE ${mse.toFixed(3)}  L_CE ${ce?.toFixed(3) ?? '-'}  L_Prior ${prior?.toFixed(3) ?? '-'}`;
        console.log(`step ${step}/${steps}  ${losses}  ${ms.toFixed(0)} ms`);
      }
    },
  },
);

// 3. The model is in `<out>/model`.
console.log(
  `${dataset.name}: ${images.fit.length} images learned in ${steps} steps, ${images.heldOut.length} held out`,
);
console.log(
  `${join(config.out, 'model')}: now run \`npx pnpm --filter @examples/mint-ad evaluate\` with the same flags`,
);
detector.dispose();
