// Draws every figure of docs/our-reading.md from a model of `10-class-scaling` and from result files.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { procedural, type ResultFile, readResults } from '@examples/shared';
import { loadSample } from '@mint/data';
import { MintDetector, preprocessingOf } from '@mint/detector';
import { overlaySheet } from '@mint/report';
import * as tf from '@tensorflow/tfjs-core';
import '@mint/backend-onnx';
import { attentionMaps } from './attention.js';
import { interpolation, queryMaps } from './queries.js';
import { confusionSvg, curvesSvg } from './svg.js';
import { sheetPng } from './tiles.js';

const CLASSES = 15;
const runs = fileURLToPath(new URL('../10-class-scaling/runs/class-scaling', import.meta.url));
const docs = fileURLToPath(new URL('../../docs/figures', import.meta.url));
const write = async (name: string, content: Uint8Array | string) => {
  await writeFile(`${docs}/${name}`, content);
  console.log(name);
};

await mkdir(docs, { recursive: true });
await tf.setBackend('onnx');
const folder = `${runs}/procedural-${CLASSES}/mint-ad-0`;
const detector = await MintDetector.load(`${folder}/model`);
const { grid, classes, input } = detector.config;

// 1. What the implicit representation has learned.
await write('query-maps.png', sheetPng((await queryMaps(detector)).slice(0, 8), grid, 8));
const pairs = [
  [0, 1],
  [2, 5],
  [4, 7],
] as const;
await write('class-interpolation.png', sheetPng(await interpolation(detector, pairs, 7), grid, 8));

// 2. Reconstruction errors beside the images; where tokens look.
const { dataset } = procedural(CLASSES);
const shown = classes
  .slice(0, 8)
  .map(
    (name) =>
      dataset.samples.filter((sample) => sample.className === name && sample.label === 'anomalous')[5],
  );
const items: Parameters<typeof overlaySheet>[0][number][] = [];
for (const sample of shown) {
  if (sample === undefined) continue;
  const { image } = await loadSample(sample, preprocessingOf(detector.config));
  const images = tf.tensor4d(image.data, [1, input.height, input.width, 3], 'int32');
  const features = detector.features(images);
  const [prediction] = await detector.predictFeatures(features);
  if (prediction === undefined) continue;
  const values = prediction.anomalyMap.toSorted();
  const at = (share: number) => values[Math.floor(share * (values.length - 1))] ?? 0;
  items.push({
    image,
    map: prediction.anomalyMap,
    options: { scale: [at(0.5), at(0.999)], title: sample.id },
  });
  if (items.length === 1) {
    const places = [
      [1, 1],
      [4, 10],
      [7, 7],
      [12, 5],
    ] as const;
    await write('attention.png', sheetPng([await attentionMaps(detector, features, places)], grid, 8));
  }
  tf.dispose([images, features]);
}
await write('errors.png', overlaySheet(items, 4));

// 3. Curves.
const losses = async (setting: string) => {
  const lines = (await readFile(`${runs}/procedural-${CLASSES}/${setting}-0/log.jsonl`, 'utf8'))
    .trim()
    .split('\n');
  const steps = lines
    .map((line): { step: number; mse?: number } => JSON.parse(line))
    .flatMap(({ step, mse }) => (mse === undefined || step <= 20 ? [] : [{ step, mse }]));
  const size = 10;
  return Array.from({ length: Math.floor(steps.length / size) }, (_, i): [number, number] => {
    const part = steps.slice(i * size, (i + 1) * size);
    return [part[0]?.step ?? 0, part.reduce((sum, { mse }) => sum + mse, 0) / part.length];
  });
};
const scaling = await readResults('class-scaling');
const settings = scaling.settings.map(({ name }) => name);
const trained = scaling.settings.filter(({ networkOf }) => networkOf === undefined);
const curves = await Promise.all(trained.map(async ({ name }) => ({ name, points: await losses(name) })));
await write('loss.svg', curvesSvg(curves, { x: `step, ${CLASSES} procedural classes`, y: 'L_MSE' }));
for (const [file, key, title] of [
  ['scaling-per-class.svg', 'classMean', 'image AUROC, mean of classes'],
  ['scaling-pooled.svg', 'pooled', 'image AUROC, one threshold for all'],
] as const)
  await write(
    file,
    curvesSvg(
      settings.map((name) => scalingCurve(scaling, name, key)),
      { x: 'classes in one model', y: title, logX: true },
    ),
  );

// 4. Which class each test image was recognised as.
const run = scaling.runs.find(
  ({ data, setting, seed }) => data === `procedural-${CLASSES}` && setting === 'mint-ad' && seed === 0,
);
const shownClasses = scaling.testSets[`procedural-${CLASSES}`]?.shown ?? [];
const counts = classes.map((_, of) =>
  classes.map(
    (__, as) => (run?.taken ?? []).filter((taken, i) => shownClasses[i] === of && taken === as).length,
  ),
);
await write('confusion.svg', confusionSvg(classes, counts));
detector.dispose();

function scalingCurve({ runs: all }: ResultFile, name: string, key: 'classMean' | 'pooled') {
  const of = all.filter(({ setting }) => setting === name);
  const sizes = [...new Set(of.map(({ metrics }) => Object.keys(metrics.perClass).length))].sort(
    (a, b) => a - b,
  );
  const values = sizes.map((size) =>
    of
      .filter(({ metrics }) => Object.keys(metrics.perClass).length === size)
      .map(({ metrics }) => metrics[key].imageAuroc ?? Number.NaN),
  );
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  return {
    name,
    points: sizes.map((size, i): [number, number] => [size, mean(values[i] ?? [])]),
    bars: values.map((list): [number, number] => [Math.min(...list), Math.max(...list)]),
  };
}
