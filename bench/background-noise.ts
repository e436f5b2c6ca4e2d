/**
 * Does a region of interest help against a disturbed background? Proposes regions for the classes of a data set that have a background,
 * trains a model with and without them, and scores test images as they are and with noise, clutter and a change of light outside of the
 * object:
 *
 *     pnpm --filter bench background-noise <folder for models> [data set folder] [weights of the backbone] [gaussian | mint-ad]
 *
 * Without a data set: the procedural classes.
 */
import { join } from 'node:path';
import { loadDataset, loadSample, proceduralDataset, Random, type RgbImage, type Sample } from '@mint/data';
import {
  type Calibration,
  type DetectorConfig,
  interestMask,
  MintDetector,
  PAPER_CONFIG,
  predictImage,
  preprocessingOf,
} from '@mint/detector';
import { auroc, binomialInterval } from '@mint/metrics';
import {
  calibrationOf,
  featureCacheOf,
  loadBackbone,
  outsideFeatures,
  outsidePixels,
  PRESETS,
  proposeRegions,
  scoreNormals,
  trainDetector,
} from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';

const ALPHA = 0.1;
const SEED = 0;
/** Good training images of a class at most; and good test images, and anomalous ones. */
const [TRAINED, TESTS] = [60, 12];
const PATCH = 48;
const DISTURBANCES = ['as it is', 'noise', 'clutter', 'light'] as const;
type Disturbance = (typeof DISTURBANCES)[number];

const [out = 'runs/background', folder, weights, model = 'gaussian'] = process.argv.slice(2);
if (model !== 'gaussian' && model !== 'mint-ad') throw new Error(`${model} is neither gaussian nor mint-ad`);
await tf.setBackend('onnx');
const { backbone, weights: backboneWeights } = await loadBackbone(weights);
const cacheAt = join(out, 'feature-cache');
const isGood = ({ label }: Sample) => label === 'normal';
function evenly<T>(items: readonly T[], most: number): T[] {
  const count = Math.min(most, items.length);
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)] as T);
}

/** The data set with the classes that a region is proposed for, and the regions. */
async function withBackground() {
  const { samples, classes, name } =
    folder === undefined ? proceduralDataset({ seed: SEED }) : await loadDataset(folder);
  // As `mint roi propose` does.
  const blank = MintDetector.create({ ...PAPER_CONFIG, classes, backbone: { kind: 'scattering' } });
  const good = samples.filter((sample) => sample.split === 'train' && isGood(sample));
  const proposed = await proposeRegions(blank, featureCacheOf(cacheAt, blank), good);
  blank.dispose();
  const regions = Object.fromEntries(
    Object.entries(proposed).flatMap(([one, { interest, share }]) => {
      console.log(
        `${one}: ${interest ? `the region is ${Math.round(100 * share)} % of the image` : 'no region'}`,
      );
      return interest === undefined ? [] : [[one, interest] as const];
    }),
  );
  const kept = classes.filter((one) => Object.hasOwn(regions, one));
  const chosen = kept.flatMap((one, classIndex) => {
    const ofClass = samples
      .filter(({ className }) => className === one)
      .map((sample) => ({ ...sample, classIndex }));
    const isLearned = (sample: Sample) => sample.split === 'train' && isGood(sample);
    return [
      ...evenly(ofClass.filter(isLearned), TRAINED),
      ...ofClass.filter(({ split }) => split === 'test'),
    ];
  });
  return { dataset: { name, classes: kept, samples: chosen, warnings: [] }, regions };
}

const { dataset, regions } = await withBackground();
const { network, train, ...preset } = folder === undefined ? PRESETS.quick : PRESETS.cpu;
const config: DetectorConfig = {
  ...PAPER_CONFIG,
  ...preset,
  network,
  model: model === 'gaussian' ? model : 'mint-ad',
  classes: dataset.classes,
  backbone,
  seed: SEED,
};

async function trained(regionsOfInterest: Calibration['regionsOfInterest']): Promise<MintDetector> {
  const { detector } = await trainDetector({
    dataset,
    detector: config,
    weights: backboneWeights,
    train: { ...train, seed: SEED },
    alpha: ALPHA,
    regionsOfInterest,
    cache: cacheAt,
    out: join(out, regionsOfInterest === undefined ? 'whole' : 'region'),
    overwrite: true,
  });
  return detector;
}

/** The model that was trained without regions, with limits for them: its tokens or its pixels outside are replaced. */
async function calibrated(whole: MintDetector, replaced: 'tokens' | 'pixels'): Promise<MintDetector> {
  const { calibration: before, images, ...state } = whole.toState();
  if (before === undefined) throw new Error('the model has no limits');
  const only = new Set(images?.heldOut);
  const cache = featureCacheOf(cacheAt, whole);
  const normals = dataset.samples.filter((sample) => sample.split === 'train' && isGood(sample));
  const rules = {
    regionsOfInterest: regions,
    ...(replaced === 'tokens'
      ? { outsideFeatures: await outsideFeatures(whole, cache, normals, regions, { only }) }
      : { outsidePixels: await outsidePixels(whole, normals, regions, { only }) }),
  };
  const ruled = MintDetector.fromState({ ...state, images, calibration: { ...before, ...rules } });
  const scored = await scoreNormals(ruled, cache, normals, { only });
  ruled.dispose();
  return MintDetector.fromState({ ...state, images, calibration: calibrationOf(scored, ALPHA, rules) });
}

/** Noise of 20 levels, three patches of another image, or a slope of light of up to 40 levels, outside of the mask. */
function disturbed(
  { data, width, height }: RgbImage,
  kind: Disturbance,
  inside: Uint8Array,
  other: RgbImage,
  random: Random,
): RgbImage {
  const patches = Array.from({ length: 3 }, () => ({
    left: random.int(width - PATCH),
    top: random.int(height - PATCH),
    from: random.int(width - PATCH),
  }));
  const slope = (random.int(2) === 0 ? -1 : 1) * (40 + 40 * random.uniform());
  const changed = (value: number, x: number, y: number, c: number) => {
    if (kind === 'noise') return value + 20 * random.normal();
    if (kind === 'light') return value + (slope * x) / width;
    const patch = patches.find(
      ({ left, top }) => x >= left && x < left + PATCH && y >= top && y < top + PATCH,
    );
    return patch === undefined
      ? value
      : (other.data[3 * ((y - patch.top) * width + patch.from + x - patch.left) + c] ?? 0);
  };
  const shown = data.map((value, at) => {
    const i = Math.floor(at / 3);
    if (kind === 'as it is' || inside[i] === 1) return value;
    return Math.min(255, Math.max(0, Math.round(changed(value, i % width, Math.floor(i / width), at % 3))));
  });
  return { width, height, data: shown };
}

const whole = await trained(undefined);
const detectors = {
  'whole image': whole,
  'region set later, tokens replaced': await calibrated(whole, 'tokens'),
  'region set later, pixels replaced': await calibrated(whole, 'pixels'),
  'trained with the region': await trained(regions),
};
const preprocessing = preprocessingOf(config);
const random = new Random(7);
const testsOf = (name: string, label: Sample['label']) => {
  const all = dataset.samples.filter(
    (sample) => sample.className === name && sample.split === 'test' && sample.label === label,
  );
  return evenly(all, TESTS);
};

/** One row of the table: the class, what was done to the background, and how the detector looks. */
async function row(
  detector: MintDetector,
  name: string,
  images: readonly RgbImage[],
  labels: readonly boolean[],
) {
  const limit = detector.calibration?.thresholds[name]?.image ?? Number.NaN;
  const scores: number[] = [];
  let unknown = 0;
  for (const [i, image] of images.entries()) {
    const { prediction } = await predictImage(detector, image, name);
    scores.push(prediction.score);
    if (!labels[i] && detector.decide(prediction, name).decision === 'unknown class') unknown += 1;
  }
  const good = scores.filter((_, i) => !labels[i]);
  const bad = scores.filter((_, i) => labels[i]);
  const alarms = good.filter((score) => score > limit).length;
  const [low, high] = binomialInterval(alarms, good.length);
  return [
    auroc(scores, labels.map(Number)).toFixed(3),
    `${alarms} of ${good.length} (${low.toFixed(2)}–${high.toFixed(2)})`,
    `${bad.filter((score) => score > limit).length} of ${bad.length}`,
    `${unknown} of ${good.length}`,
  ];
}

console.log(
  '| class | background | looked at | image AUROC | false alarms | defects found | good images called unknown |',
);
for (const name of dataset.classes) {
  const other = dataset.classes.find((one) => one !== name) ?? name;
  const [patch] = testsOf(other, 'normal');
  const samples = [...testsOf(name, 'normal'), ...testsOf(name, 'anomalous')];
  const labels = samples.map((sample) => !isGood(sample));
  const load = async (sample: Sample) => (await loadSample(sample, preprocessing)).image;
  const images = await Promise.all(samples.map(load));
  const clutter = await load(patch ?? (samples[0] as Sample));
  const inside = interestMask(regions[name] ?? [], preprocessing);
  for (const kind of DISTURBANCES) {
    const shown = images.map((image) => disturbed(image, kind, inside, clutter, random));
    for (const [looked, detector] of Object.entries(detectors))
      console.log(`| ${[name, kind, looked, ...(await row(detector, name, shown, labels))].join(' | ')} |`);
  }
}
process.exit(0);
