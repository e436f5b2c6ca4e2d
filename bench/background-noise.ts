/**
 * Does a region of interest help against a disturbed background? Scores test images of the procedural classes that lie on a
 * background, as they are and with noise, clutter and a change of light outside the object, with and without a region of interest:
 *
 *     pnpm --filter bench background-noise <run folder of mint quickstart>
 */
import { join } from 'node:path';
import { loadSample, proceduralDataset, Random, type RgbImage, type Sample } from '@mint/data';
import {
  computeFeatures,
  interestFromMask,
  interestMask,
  MintDetector,
  predictBatch,
  preprocessingOf,
} from '@mint/detector';
import { auroc, binomialInterval } from '@mint/metrics';
import { calibrationOf, featureCacheOf, outsideFeatures, scoreNormals } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';

const CLASSES = ['capsule', 'gear'];
/** Pixels that the object may move. */
const MARGIN = 6;
/** Sum of the differences of R, G and B from the background. */
const CONTRAST = 60;

const [run = ''] = process.argv.slice(2);
await tf.setBackend('onnx');
const model = await MintDetector.load(join(run, 'model'));
const { calibration, images: sets, ...state } = model.toState();
if (calibration === undefined) throw new Error(`${run} has no calibration`);
const calibrationBefore = calibration;
const { samples } = proceduralDataset({ seed: 0 });
const preprocessing = preprocessingOf(model.config);
const { width, height } = preprocessing;
const of = (className: string, split: Sample['split']) =>
  samples.filter((sample) => sample.className === className && sample.split === split);

/** Where the object lies in some training image, and {@link MARGIN} pixels around. */
async function foreground(className: string): Promise<Uint8Array> {
  const seen = new Uint8Array(width * height);
  for (const sample of of(className, 'train')) {
    const { data } = (await loadSample(sample, preprocessing)).image;
    const border = Array.from({ length: width }, (_, x) => x);
    const background = [0, 1, 2].map(
      (c) => border.map((x) => data[3 * x + c] ?? 0).sort((a, b) => a - b)[width >> 1] ?? 0,
    );
    for (let i = 0; i < seen.length; i++) {
      const off = background.reduce((sum, value, c) => sum + Math.abs((data[3 * i + c] ?? 0) - value), 0);
      if (off > CONTRAST) seen[i] = 1;
    }
  }
  return seen.map((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    for (let dy = -MARGIN; dy <= MARGIN; dy += 3)
      for (let dx = -MARGIN; dx <= MARGIN; dx += 3)
        if (x + dx >= 0 && x + dx < width && seen[(y + dy) * width + x + dx] === 1) return 1;
    return 0;
  });
}

/** Noise, three patches of another image and a slope of light, outside the mask. */
function disturbed({ data }: RgbImage, inside: Uint8Array, other: RgbImage, random: Random): Uint8Array {
  const patches = Array.from({ length: 3 }, () => ({
    left: random.int(width - 40),
    top: random.int(height - 40),
    from: random.int(width - 40),
  }));
  const slope = (random.uniform() - 0.5) * 80;
  return data.map((value, at) => {
    const i = Math.floor(at / 3);
    if (inside[i] === 1) return value;
    const [x, y] = [i % width, Math.floor(i / width)];
    const patch = patches.find(({ left, top }) => x >= left && x < left + 40 && y >= top && y < top + 40);
    const shown =
      patch === undefined
        ? value
        : (other.data[3 * ((y - patch.top) * width + patch.from + x - patch.left) + (at % 3)] ?? 0);
    return Math.min(255, Math.max(0, Math.round(shown + 20 * random.normal() + (slope * x) / width)));
  });
}

const masks = new Map<string, Uint8Array>();
for (const name of CLASSES) masks.set(name, await foreground(name));
const regionsOfInterest = Object.fromEntries(
  [...masks].map(([name, data]) => [name, interestFromMask({ width, height, data }, preprocessing, name)]),
);
const cache = featureCacheOf(join(run, 'feature-cache'), model);
const normals = samples.filter(
  ({ className, split, label }) => CLASSES.includes(className) && split === 'train' && label === 'normal',
);
/** The detector with limits from its held-out images, measured with or without the regions. */
async function calibrated(areas: typeof regionsOfInterest | undefined): Promise<MintDetector> {
  const outside = await outsideFeatures(model, cache, normals, areas, { only: new Set(sets?.heldOut) });
  const rules = { regionsOfInterest: areas, outsideFeatures: outside };
  const measured = MintDetector.fromState({
    ...state,
    images: sets,
    calibration: { ...calibrationBefore, ...rules },
  });
  const scored = await scoreNormals(measured, cache, normals, { only: new Set(sets?.heldOut) });
  return MintDetector.fromState({
    ...state,
    images: sets,
    calibration: calibrationOf(scored, calibrationBefore.alpha, rules),
  });
}
const detectors = {
  'whole image': await calibrated(undefined),
  'region of interest': await calibrated(regionsOfInterest),
};
const random = new Random(7);
const other = (await loadSample(of('weave', 'test')[0] as Sample, preprocessing)).image;
for (const name of CLASSES) {
  const inside = interestMask(regionsOfInterest[name] ?? [], { width, height });
  const share = inside.filter((value) => value === 1).length / inside.length;
  console.log(`${name}: the region is ${(100 * share).toFixed(0)} % of the image`);
  const tests = of(name, 'test');
  const loaded = await Promise.all(tests.map((sample) => loadSample(sample, preprocessing)));
  for (const background of ['as it is', 'disturbed'] as const) {
    const pixels = loaded.map(({ image }) =>
      background === 'as it is' ? image.data : disturbed(image, inside, other, random),
    );
    const results = new Map(
      Object.keys(detectors).map((key) => [key, [] as { score: number; alarm: boolean; unknown: boolean }[]]),
    );
    for (let at = 0; at < pixels.length; at += 8) {
      const { values } = await computeFeatures(model, pixels.slice(at, at + 8));
      for (const [key, detector] of Object.entries(detectors))
        for (const prediction of await predictBatch(detector, { features: values }, name)) {
          const { decision } = detector.decide(prediction, name);
          results.get(key)?.push({
            score: prediction.score,
            alarm: prediction.score > (detector.calibration?.thresholds[name]?.image ?? Number.NaN),
            unknown: decision === 'unknown class',
          });
        }
    }
    for (const [key, list] of results) {
      const labels = tests.map(({ label }) => label === 'anomalous');
      const good = list.filter((_, i) => !labels[i]);
      const alarms = good.filter(({ alarm }) => alarm).length;
      const [low, high] = binomialInterval(alarms, good.length);
      const found = list.filter(({ alarm }, i) => labels[i] && alarm).length;
      console.log(
        `${name}, background ${background}, ${key}: image AUROC ${auroc(
          list.map(({ score }) => score),
          labels.map(Number),
        ).toFixed(
          3,
        )}, false alarms ${alarms} of ${good.length} (95 %: ${low.toFixed(2)} to ${high.toFixed(2)}), defects found ${found} of ${list.length - good.length}, good images called unknown ${good.filter(({ unknown }) => unknown).length}`,
      );
    }
  }
}
process.exit(0);
