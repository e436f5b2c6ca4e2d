/**
 * What maps cost: a whole prediction, from pixels to scores, at batch 1 and 8, in one run. With the full-size network, the map by
 * class and place against the map by class; without a network, the map at several scales against the map at one. EfficientNet-B4
 * at 224 px; weights and measured numbers do not matter to the time. Medians, of wall time and of CPU time of all threads.
 *
 *     pnpm --filter bench place-speed <weights of EfficientNet-B4> [classes]
 */
import {
  type DetectorConfig,
  MintDetector,
  PAPER_CONFIG,
  placeWhitening,
  randomDirections,
  scalePlaces,
} from '@mint/detector';
import { loadBackbone, multiScale, PRESETS } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@mint/backend-onnx';

const [WARM_UP, ROUNDS] = [3, 15];
const [weightsFile = '', classCount = '6'] = process.argv.slice(2);
await tf.setBackend('onnx');
const classes = Array.from({ length: Number(classCount) }, (_, k) => `class ${k}`);
const { backbone, weights } = await loadBackbone(weightsFile);
const { featureScaling, network } = PRESETS.cpu;
const config: DetectorConfig = { ...PAPER_CONFIG, classes, backbone, featureScaling, network };

/** A detector whose whitening is the identity in its first channels. */
function detectorWith(more: Partial<DetectorConfig>, width: number): MintDetector {
  const whole: DetectorConfig = { ...config, ...more };
  const blank = MintDetector.create(whole, { backbone: weights });
  const { channels } = blank;
  const state = blank.toState();
  blank.dispose();
  if (whole.map === 'whitened-by-class') {
    const whitening = new Float32Array(classes.length * channels * channels).fill(0.01);
    return MintDetector.fromState({ ...state, whitening });
  }
  const { grid, scales = 1 } = whole;
  const triangle = Float32Array.from({ length: (width * (width + 1)) / 2 }, (_, i) =>
    Number(Number.isInteger((Math.sqrt(8 * i + 9) - 3) / 2)),
  );
  const places = scalePlaces(grid, scales);
  const moments = Float32Array.from(
    { length: places * triangle.length },
    (_, i) => triangle[i % triangle.length] as number,
  );
  const shrinkage = { images: channels, tokens: channels };
  const measured = classes.map(() => ({ images: 1, moments }));
  const directions = randomDirections(channels, width, 0);
  return MintDetector.fromState({
    ...state,
    placeWhitening: placeWhitening(directions, channels, measured, shrinkage, scales),
  });
}

const map = 'whitened-by-class-and-place';
const pairs = {
  'mint-ad, by class | by class and place': [
    detectorWith({ map: 'whitened-by-class' }, 128),
    detectorWith({ map }, 128),
  ],
  'gaussian, one scale | several scales': [
    detectorWith({ map, model: 'gaussian' }, 128),
    detectorWith({ map, model: 'gaussian', ...multiScale(backbone, config) }, 64),
  ],
} as const;

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
for (const batch of [1, 8]) {
  const images = tf.randomUniform<tf.Rank.R4>([batch, 224, 224, 3], 0, 255, 'float32', 0);
  for (const [name, detectors] of Object.entries(pairs)) {
    const rounds = detectors.map((): { wall: number; cpu: number }[] => []);
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const [i, detector] of detectors.entries()) {
        const [began, used] = [performance.now(), process.cpuUsage()];
        await detector.predict(images);
        const { user, system } = process.cpuUsage(used);
        if (round >= 0) rounds[i]?.push({ wall: performance.now() - began, cpu: (user + system) / 1000 });
      }
    }
    for (const kind of ['wall', 'cpu'] as const) {
      const [old = 0, now = 0] = rounds.map((of) => median(of.map((each) => each[kind])));
      const ratio = (now / old).toFixed(3);
      console.log(
        `batch ${batch}, ${name}: ${kind} ${old.toFixed(1)} ms, ${now.toFixed(1)} ms, ratio ${ratio}`,
      );
    }
  }
}
