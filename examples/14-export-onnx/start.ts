// Three ONNX files: features of a backbone, the reconstruction network, and a whole detector from uint8 images to map
// and score. Each is run in onnxruntime-node and onnxruntime-web, at batch sizes the export never saw.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exportOnnx } from '@mint/backend-onnx';
import { MintDetector, PAPER_CONFIG } from '@mint/detector';
import { inputFor, joinBackbones, type LoadedBackbone, loadBackbone } from '@mint/trainer';
import { ReconstructionTransformer, UNIAD } from '@mint/transformer';
import * as tf from '@tensorflow/tfjs-core';
import { differences, type Input } from './compare.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    weights: { type: 'string' },
    out: { type: 'string', default: 'runs/onnx' },
  },
});
const BATCHES = [1, 2, 5];
const TOLERANCE = 1e-5;

await tf.setBackend('onnx');
await mkdir(values.out, { recursive: true });

/** Writes the file, runs it in both runtimes and prints the largest difference from the original's outputs. */
async function check(
  name: string,
  file: Uint8Array,
  inputs: (batch: number) => Input,
  original: (input: Input) => Record<string, tf.Tensor>,
): Promise<void> {
  await writeFile(join(values.out, `${name}.onnx`), file);
  let worst = 0;
  for (const batch of BATCHES) {
    const input = inputs(batch);
    const expected = tf.tidy(() => original(input));
    for (const { share } of await differences(file, input, expected)) worst = Math.max(worst, share);
    tf.dispose(expected);
  }
  const size = (file.byteLength / 1e6).toFixed(1);
  console.log(
    `${name}.onnx, ${size} MB: largest difference ${worst.toExponential(1)} at batch ${BATCHES.join(', ')}`,
  );
  if (!(worst <= TOLERANCE)) throw new Error(`${name}: more than ${TOLERANCE}`);
}

async function newDetector(): Promise<MintDetector> {
  if (values.model !== undefined) return MintDetector.load(values.model);
  const parts: LoadedBackbone[] = [];
  for (const path of values.weights?.split(',') ?? [undefined]) parts.push(await loadBackbone(path));
  const { backbone, weights } = joinBackbones(parts);
  const config = { ...PAPER_CONFIG, ...inputFor(backbone), classes: ['bolt', 'nut'], backbone };
  return MintDetector.create(config, { backbone: weights });
}

const detector = await newDetector();
const { width, height } = detector.config.input;

const images = (batch: number): Input => ({
  name: 'images',
  type: 'uint8',
  data: Uint8Array.from({ length: batch * height * width * 3 }, (_, i) => (i * 7919 + batch) % 251),
  shape: [batch, height, width, 3],
});
const toTensor = ({ data, shape, type }: Input) =>
  tf.tensor(data, [...shape], type === 'uint8' ? 'int32' : 'float32');

interface Images {
  [name: string]: tf.Tensor4D;
  images: tf.Tensor4D;
}
const features = ({ images }: Images) => ({ features: detector.features(images) });
const detect = ({ images }: Images) => ({ ...detector.score(detector.features(images)) });
const example: Images = { images: tf.zeros([1, height, width, 3], 'int32') };
for (const [name, fn] of Object.entries({ features, detector: detect })) {
  const file = await exportOnnx(fn, example, { uint8: ['images'] });
  await check(name, file, images, (input) => fn({ images: toTensor(input) as tf.Tensor4D }));
}

const network = new ReconstructionTransformer({ ...UNIAD, channels: 272, queries: 'learned' });
const rebuild = (tokens: tf.Tensor) => network.apply(tokens) as tf.Tensor;
const tokens = (batch: number): Input => ({
  name: 'input',
  type: 'float32',
  data: Float32Array.from({ length: batch * 196 * 272 }, (_, i) => Math.sin(i * 0.37 + batch)),
  shape: [batch, 196, 272],
});
const file = await exportOnnx(rebuild, tf.zeros([1, 196, 272]));
await check('reconstruction', file, tokens, (input) => ({ output: rebuild(toTensor(input)) }));
