/**
 * Compares ways to whiten the residuals of one trained detector by class and place, without test images: how well each
 * separates held-out good images from copies of them with synthetic anomalies (mean image AUROC over classes).
 *
 *     pnpm --filter bench place <data set folder> <model folder> '<json>' ['<json>' …]
 *
 * An option is `{ "directions": 128, "images": 1, "tokens": 1, "centred": false }`, the numbers of images and tokens that a class
 * and all classes count as in multiples of the channels; `"images": 1e9` whitens by class alone. `{}` has these values.
 */
import { join } from 'node:path';
import { loadMvtec, type Sample, splitHoldout } from '@mint/data';
import {
  imageScore,
  MintDetector,
  PlaceMoments,
  placeMap,
  placeWhitening,
  randomDirections,
  uploadPlaces,
  upsample,
} from '@mint/detector';
import { auroc } from '@mint/metrics';
import { featureBatches, featureCacheOf, PRESETS } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@mint/backend-onnx';
import { withAnomalies } from './synthetic-anomalies.js';

interface Option {
  readonly directions?: number;
  readonly images?: number;
  readonly tokens?: number;
  readonly centred?: boolean;
}

/** Residuals of an image, `[N·C]`, the class recognised in it, and its own. */
interface Measured {
  readonly residual: Float32Array;
  readonly recognised: number;
  readonly sample: Sample;
}

const [root = '', model = '', ...options] = process.argv.slice(2);
await tf.setBackend('onnx');
const dataset = await loadMvtec(root);
const detector = await MintDetector.load(model);
const { config, channels } = detector;
const places = config.grid[0] * config.grid[1];
const cache = featureCacheOf(join(process.env.MINT_CACHE ?? 'runs', 'feature-cache'), detector);
const good = dataset.samples.filter(({ split, label }) => split === 'train' && label === 'normal');
const { fit, holdout } = splitHoldout(good, PRESETS.cpu.train.holdout, config.seed);
const made = (await withAnomalies(holdout, config)).filter(({ id }) => id.endsWith('#0'));
const learned = await measure(fit);
const tests = [...(await measure(holdout)), ...(await measure(made))];

for (const text of options) {
  const option: Option = JSON.parse(text);
  const groups = new Map<string, { scores: number[]; labels: number[] }>();
  const scores = await scoresOf(option);
  tests.forEach(({ sample: { className, label } }, i) => {
    const group = groups.get(className) ?? { scores: [], labels: [] };
    group.scores.push(scores[i] ?? Number.NaN);
    group.labels.push(label === 'anomalous' ? 1 : 0);
    groups.set(className, group);
  });
  const perClass = [...groups].map(([name, { scores, labels }]) => [name, auroc(scores, labels)] as const);
  const mean = perClass.reduce((sum, [, value]) => sum + value, 0) / perClass.length;
  const rounded = Object.fromEntries(perClass.map(([name, value]) => [name, Number(value.toFixed(3))]));
  console.log(JSON.stringify({ option, mean: Number(mean.toFixed(4)), perClass: rounded }));
}

async function measure(samples: readonly Sample[]): Promise<Measured[]> {
  const measured: Measured[] = [];
  for await (const batch of featureBatches(detector, cache, samples)) {
    const [rows, cols] = config.grid;
    const features = tf.tensor4d(batch.features, [batch.samples.length, rows, cols, channels]);
    const { residual, posterior } = detector.residuals(features);
    features.dispose();
    const values = await residual.data<'float32'>();
    const posteriors = (await posterior?.array()) ?? [];
    tf.dispose({ residual, posterior });
    batch.samples.forEach((sample, i) => {
      const row = posteriors[i] ?? [];
      const own = values.slice(i * places * channels, (i + 1) * places * channels);
      measured.push({ residual: own, recognised: row.indexOf(Math.max(...row)), sample });
    });
  }
  return measured;
}

async function scoresOf(option: Option): Promise<number[]> {
  const { directions = 128, images = 1, tokens = 1, centred = false } = option;
  const means = dataset.classes.map((_, k) =>
    centred ? meanResidual(k) : new Float32Array(places * channels),
  );
  const less = (each: Measured, k: number): Measured => ({
    ...each,
    residual: each.residual.map((v, i) => v - (means[k]?.[i] ?? 0)),
  });
  const basis = randomDirections(channels, directions, config.seed);
  const matrix = tf.tensor2d(basis, [channels, directions]);
  const moments = dataset.classes.map(() => new PlaceMoments(places, directions));
  for (const each of learned) {
    const { residual } = less(each, each.sample.classIndex);
    const projected = tf.tidy(() => tf.matMul(tf.tensor2d(residual, [places, channels]), matrix));
    moments[each.sample.classIndex]?.add(await projected.data<'float32'>());
    projected.dispose();
  }
  const shrinkage = { images: images * channels, tokens: tokens * channels };
  const classes = moments.map((each) => each.result());
  const tensors = uploadPlaces(placeWhitening(basis, channels, classes, shrinkage), channels, classes.length);
  const scores = await scoreAll(
    tests.map((each) => less(each, each.recognised)),
    (residual, recognised) => placeMap(residual, config.grid, tensors, recognised),
  );
  tf.dispose([matrix, tensors.directions, ...tensors.panels]);
  return scores;
}

/** Mean residual of a class at each place, shrunk to zero as by one image. */
function meanResidual(k: number): Float32Array {
  const own = learned.filter(({ sample }) => sample.classIndex === k);
  const mean = new Float32Array(places * channels);
  for (const { residual } of own)
    for (let i = 0; i < mean.length; i++)
      mean[i] = (mean[i] as number) + (residual[i] as number) / (own.length + 1);
  return mean;
}

async function scoreAll(
  images: readonly Measured[],
  map: (residual: tf.Tensor3D, classes: tf.Tensor1D) => tf.Tensor3D,
): Promise<number[]> {
  const scores: number[] = [];
  for (const { residual, recognised } of images) {
    const score = tf.tidy(() => {
      const small = map(tf.tensor3d(residual, [1, places, channels]), tf.tensor1d([recognised], 'int32'));
      return imageScore(upsample(small, config.input.height, config.input.width), config.score);
    });
    scores.push(...(await score.data()));
    score.dispose();
  }
  return scores;
}
