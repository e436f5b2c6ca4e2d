/**
 * Trains a net with a checkpoint (6 MB) after every step, goes on where a killed process was, and ends with
 * `done <SHA-256 of what it has learned>`: `training-process.ts <backend> <folder>`. Says `training` after its first step.
 */
import '@mint/backend-onnx';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { join } from 'node:path';
import { proceduralDataset } from '@mint/data';
import { FeatureStatsBuilder, MintDetector, PAPER_CONFIG } from '@mint/detector';
import { sha256 } from '@mint/internal/node';
import * as tf from '@tensorflow/tfjs-core';
import { checkpointFiles } from '../checkpoint.js';
import { cacheFeatures, featureCacheOf, PRESETS, train } from '../index.js';

const [backend = '', folder = ''] = process.argv.slice(2);
await tf.setBackend(backend);
const dataset = proceduralDataset({ seed: 1, trainPerClass: 6, testGoodPerClass: 0, defectsPerClass: 0, size: 32 });
const detector = MintDetector.create({
  ...PAPER_CONFIG,
  classes: dataset.classes,
  input: { ...PAPER_CONFIG.input, width: 32, height: 32 },
  backbone: { kind: 'scattering', orientations: 2, scales: 2 },
  grid: [2, 2],
  featureScaling: 'standardise',
  map: 'whitened',
  network: { hidden: 128, heads: 4, feedForward: 512, encoderLayers: 1, decoderLayers: 1, window: [1, 1] },
  queries: { ...PAPER_CONFIG.queries, embedding: 3, trunkWidth: 5, trunkLayers: 2, classifierWidth: 4 },
});
const cache = featureCacheOf(join(folder, '..', 'cache'), detector);
const stats = new FeatureStatsBuilder(19);
const normals = dataset.samples.filter(({ split }) => split === 'train');
const samples = await cacheFeatures(detector, cache, normals, { onFeatures: (features) => stats.add(features) });
const resume = (await checkpointFiles(join(folder, 'checkpoints'))).length > 0;
let told = false;
const { detector: trained } = await train(detector, {
  cache,
  samples,
  config: { ...PRESETS.cpu.train, epochs: 8, batchSize: 5, seed: 3 },
  featureStats: stats.result(),
  runFolder: folder,
  resume,
  checkpointMinutes: 0,
  onStep: () => {
    if (!told) process.stdout.write('training\n');
    told = true;
  },
});
const { network, whitening = new Float32Array() } = trained.toState();
const values = [...Object.values(network).map(({ data }) => data), whitening];
const bytes = values.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
process.stdout.write(`done ${sha256(...bytes)}\n`);
