/**
 * What the map by class and place costs: a whole prediction, from pixels to scores, with it and with the map by class, at batch 1
 * and 8, in one run. EfficientNet-B4 at 224 px and the full-size network; their weights do not matter to the time.
 *
 *     pnpm --filter bench place-speed <weights of EfficientNet-B4> [classes]
 */
import { MintDetector, PAPER_CONFIG, placeWhitening, randomDirections } from '@mint/detector';
import { loadBackbone, PRESETS } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@mint/backend-onnx';

const [WARM_UP, ROUNDS] = [3, 15];
const [weightsFile = '', classCount = '6'] = process.argv.slice(2);
await tf.setBackend('onnx');
const classes = Array.from({ length: Number(classCount) }, (_, k) => `class ${k}`);
const { backbone, weights } = await loadBackbone(weightsFile);
const { featureScaling, network } = PRESETS.cpu;
const config = { ...PAPER_CONFIG, classes, backbone, featureScaling, network };
const blank = MintDetector.create(config, { backbone: weights });
const { channels } = blank;
const state = blank.toState();
blank.dispose();

const width = 128;
const triangle = (width * (width + 1)) / 2;
const places = config.grid[0] * config.grid[1];
const identity = Float32Array.from({ length: triangle }, (_, i) =>
  Number(Number.isInteger((Math.sqrt(8 * i + 9) - 3) / 2)),
);
const moments = Float32Array.from({ length: places * triangle }, (_, i) => identity[i % triangle] as number);
const shrinkage = { images: channels, tokens: channels };
const byPlace = placeWhitening(
  randomDirections(channels, width, 0),
  channels,
  classes.map(() => ({ images: 1, moments })),
  shrinkage,
);
const byClass = new Float32Array(classes.length * channels * channels).fill(0.01);
const detectors = {
  'by class': MintDetector.fromState({
    ...state,
    config: { ...config, map: 'whitened-by-class' },
    whitening: byClass,
  }),
  'by class and place': MintDetector.fromState({
    ...state,
    config: { ...config, map: 'whitened-by-class-and-place' },
    placeWhitening: byPlace,
  }),
};

for (const batch of [1, 8]) {
  const images = tf.randomUniform<tf.Rank.R4>([batch, 224, 224, 3], 0, 255, 'float32', 0);
  const times = Object.fromEntries(Object.keys(detectors).map((name) => [name, [] as number[]]));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [name, detector] of Object.entries(detectors)) {
      const began = performance.now();
      await detector.predict(images);
      if (round >= 0) times[name]?.push(performance.now() - began);
    }
  }
  const median = (values: readonly number[] = []) =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  const [old, now] = [median(times['by class']), median(times['by class and place'])];
  console.log(
    `batch ${batch}: by class ${old.toFixed(1)} ms, by class and place ${now.toFixed(1)} ms, ratio ${(now / old).toFixed(3)}`,
  );
}
