// A sine network learns one image as a function of position, then draws it larger (Sitzmann et al., NeurIPS 2020).
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { coordinateGrid, SirenDense } from '@mint/inr';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import sharp from 'sharp';
import '@mint/backend-onnx';
import { config } from './config.js';

/** The default image: edges at every angle. */
const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96">
  <rect width="96" height="96" fill="#285"/><circle cx="48" cy="48" r="34" fill="#fd6"/>
  <circle cx="48" cy="48" r="14" fill="#285"/><path d="M8 88 L88 8" stroke="#fff" stroke-width="4"/></svg>`;

const { values } = parseArgs({
  options: { image: { type: 'string' }, out: { type: 'string', default: 'runs/siren' } },
});
await tf.setBackend('onnx');
const { size, units, omega0, seed, enlarge, steps } = config;

const pixels = await sharp(values.image ?? Buffer.from(DRAWING))
  .resize(size, size, { fit: 'cover' })
  .removeAlpha()
  .toColourspace('srgb')
  .raw()
  .toBuffer();
const target = tf.tensor2d(
  Float32Array.from(pixels, (v) => v / 127.5 - 1),
  [size * size, 3],
);

const bound = Math.sqrt(6 / units) / omega0; // SIREN's initialisation of a linear layer after sines
const net = sequential({
  layers: [
    new SirenDense({ units, omega0, isFirst: true, inputShape: [2], seed }),
    ...Array.from(
      { length: config.layers - 1 },
      (_, i) => new SirenDense({ units, omega0, seed: seed + i + 1 }),
    ),
    layers.dense({
      units: 3,
      kernelInitializer: initializers.randomUniform({ minval: -bound, maxval: bound, seed }),
    }),
  ],
});

const at = coordinateGrid(size, size);
const optimizer = tf.train.adam(config.learningRate);
for (let step = 1; step <= steps; step++) {
  const squaredError = () => tf.mean(tf.square(tf.sub(net.apply(at) as tf.Tensor, target))) as tf.Scalar;
  const loss = optimizer.minimize(squaredError, true);
  const [mse = Number.NaN] = (await loss?.data()) ?? [];
  loss?.dispose();
  // Values span 2, from −1 to 1.
  if (step % 100 === 0) console.log(`step ${step}  PSNR ${(10 * Math.log10(4 / mse)).toFixed(1)} dB`);
}

async function draw(side: number, name: string): Promise<void> {
  const values8 = tf.tidy(() => {
    const rgb = net.apply(coordinateGrid(side, side)) as tf.Tensor;
    return tf.cast(tf.round(tf.clipByValue(tf.mul(tf.add(rgb, 1), 127.5), 0, 255)), 'int32');
  });
  const raw = Uint8Array.from(await values8.data());
  values8.dispose();
  await sharp(raw, { raw: { width: side, height: side, channels: 3 } }).toFile(name);
  console.log(name);
}
await mkdir(values.out, { recursive: true });
await sharp(pixels, { raw: { width: size, height: size, channels: 3 } }).toFile(
  join(values.out, 'image.png'),
);
await draw(size, join(values.out, 'fitted.png'));
await draw(size * enlarge, join(values.out, `fitted-x${enlarge}.png`));
