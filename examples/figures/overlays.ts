// Draws docs/figures/overlays.png: six heat maps of the procedural classes, two of which are looked at in a proposed region.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSample, proceduralDataset, type Sample } from '@mint/data';
import {
  MintDetector,
  markLimit,
  PAPER_CONFIG,
  predictImage,
  preprocessingOf,
  regions,
} from '@mint/detector';
import { type OverlayItem, overlaySheet } from '@mint/report';
import { featureCacheOf, PRESETS, proposeRegions, trainDetector } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@mint/backend-onnx';

const ALPHA = 0.1;
/** A good image and one with a defect of the objects, one with a defect of the materials. */
const SHOWN = [
  ['capsule', 'normal'],
  ['capsule', 'anomalous'],
  ['gear', 'normal'],
  ['gear', 'anomalous'],
  ['leather', 'anomalous'],
  ['weave', 'anomalous'],
] as const;

await tf.setBackend('onnx');
const cache = await mkdtemp(join(tmpdir(), 'mint-overlays-'));
const dataset = proceduralDataset({ seed: 0 });
const { train, ...preset } = PRESETS.quick;
const backbone = { kind: 'scattering' } as const;
const config = { ...PAPER_CONFIG, ...preset, model: 'gaussian', classes: dataset.classes, backbone } as const;
const blank = MintDetector.create(config);
const good = dataset.samples.filter(({ split, label }) => split === 'train' && label === 'normal');
const proposed = await proposeRegions(blank, featureCacheOf(cache, blank), good);
const regionsOfInterest = Object.fromEntries(
  Object.entries(proposed).flatMap(([name, { interest }]) =>
    interest === undefined ? [] : [[name, interest]],
  ),
);
blank.dispose();
const { detector } = await trainDetector({
  dataset,
  detector: config,
  train: { ...train, seed: 0 },
  alpha: ALPHA,
  regionsOfInterest,
  cache,
});

async function overlay(sample: Sample): Promise<OverlayItem> {
  const { image } = await loadSample(sample, preprocessingOf(config));
  const { prediction } = await predictImage(detector, image);
  const { calibration } = detector;
  const decision = detector.decide(prediction);
  const limit = calibration && markLimit(decision, calibration);
  const edge = (prediction.interest ?? []).map((ring) => ({
    ring: ring.map(([x, y]) => [x * image.width, y * image.height] as const),
    isEdge: true,
  }));
  const found = limit === undefined ? [] : regions(prediction, limit);
  return {
    image,
    map: prediction.anomalyMap,
    options: {
      scale: calibration?.heatScales[sample.className] ?? [0, 1],
      limit,
      outlines: [...edge, ...found.flatMap(({ outline }) => outline.map((ring) => ({ ring })))],
      title: `${sample.id}  score ${prediction.score.toFixed(2)}: ${decision.decision}`,
    },
  };
}

const items: OverlayItem[] = [];
for (const [name, label] of SHOWN) {
  const sample = dataset.samples.find(
    (one) => one.className === name && one.label === label && one.split === 'test',
  );
  if (sample === undefined) throw new Error(`there is no image of ${name}`);
  items.push(await overlay(sample));
}
await writeFile(
  fileURLToPath(new URL('../../docs/figures/overlays.png', import.meta.url)),
  overlaySheet(items, 2),
);
await rm(cache, { recursive: true });
detector.dispose();
