/**
 * What tiles are worth: images of 900 x 700 pixels (the procedural set, cropped) with one spot of 5 pixels as the only defect.
 * The same network learns and scores them whole, shrunk to 224 x 224, and in tiles, in about as many steps.
 *
 *     pnpm --filter bench large-images <seed> [seed …]
 */
import {
  deriveSeed,
  proceduralDataset,
  Random,
  type RenderedSample,
  type RgbImage,
  type Sample,
} from '@mint/data';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';
import { learnAndEvaluate } from '../learn.js';

const [WIDTH, HEIGHT] = [900, 700];
const RADIUS = 2.5;
const STEPS = 500;
const TRAIN = 20;
const TESTS = 10;

/** The middle of a square image. */
function cropped({ width, height, data }: RgbImage): RgbImage {
  const top = Math.floor((height - HEIGHT) / 2);
  return {
    width: WIDTH,
    height: HEIGHT,
    data: data.slice(top * width * 3, (top + HEIGHT) * width * 3),
  };
}

/** A disc, dark on bright ground and bright on dark, somewhere in the middle half of the image. */
function spotted(image: RgbImage, seed: number): RenderedSample {
  const random = new Random(deriveSeed(seed, 'spot'));
  const [x, y] = [WIDTH, HEIGHT].map((side) => side * (0.25 + 0.5 * random.uniform())) as [number, number];
  const data = image.data.slice();
  const mask = new Uint8Array(WIDTH * HEIGHT);
  const ground = data[3 * (Math.floor(y) * WIDTH + Math.floor(x))] as number;
  for (let row = Math.floor(y - RADIUS); row <= y + RADIUS; row++) {
    for (let column = Math.floor(x - RADIUS); column <= x + RADIUS; column++) {
      if ((column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2 > RADIUS ** 2) continue;
      const at = row * WIDTH + column;
      data.fill(ground > 127 ? 30 : 225, 3 * at, 3 * at + 3);
      mask[at] = 1;
    }
  }
  return { image: { ...image, data }, mask: { width: WIDTH, height: HEIGHT, data: mask } };
}

function datasetOf(seed: number) {
  const good = proceduralDataset({
    seed,
    size: WIDTH,
    trainPerClass: TRAIN,
    testGoodPerClass: 2 * TESTS,
    defectsPerClass: 0,
  });
  const samples = good.samples.map((sample, i): Sample => {
    let kept: RenderedSample | undefined;
    const spot = sample.split === 'test' && Number(sample.id.slice(-3)) >= TESTS;
    return {
      ...sample,
      ...(spot ? { label: 'anomalous', defect: 'spot' } : {}),
      render: () => {
        if (kept !== undefined) return kept;
        const { image } = sample.render?.() ?? {};
        if (image === undefined) throw new Error(`${sample.id} cannot be rendered`);
        kept = spot ? spotted(cropped(image), deriveSeed(seed, i)) : { image: cropped(image) };
        return kept;
      },
    };
  });
  return { ...good, samples };
}

await tf.setBackend('onnx');
for (const seed of process.argv.slice(2).map(Number)) {
  const dataset = datasetOf(seed);
  for (const tiles of [undefined, 'auto'] as const) {
    const name = tiles === undefined ? 'whole' : 'tiles';
    await learnAndEvaluate({ name, dataset, seed, steps: STEPS, tiles });
  }
}
