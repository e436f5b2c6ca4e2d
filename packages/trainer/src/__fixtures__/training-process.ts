/**
 * Trains a net, with every setting that has a state and a checkpoint (9 MB) after every step; goes on where a killed
 * process was, and ends with `done <SHA-256 of what it has learned>`: `training-process.ts <backend> <folder>`. Says
 * `step` after each step.
 */
import '@mint/backend-onnx';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { join } from 'node:path';
import { proceduralDataset, splitHoldout } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { sha256 } from '@mint/internal/node';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { checkpointFiles } from '../run-folder/checkpoint.js';
import { cacheFeatures, featureCacheOf, PRESETS, train } from '../index.js';
import { TINY_CHANNELS} from './tiny-net.js';

const [backend = '', folder = ''] = process.argv.slice(2);
await tf.setBackend(backend);
const dataset = proceduralDataset({ seed: 1, trainPerClass: 7, testGoodPerClass: 0, defectsPerClass: 0, size: 32 });
const tiny = tinyConfig(dataset.classes);
const detector = MintDetector.create({ ...tiny, network: { ...tiny.network, hidden: 128, heads: 4, feedForward: 512 } });
const cache = featureCacheOf(join(folder, '..', 'cache'), detector);
const { fit, holdout } = splitHoldout(dataset.samples, 0.15, 1);
const samples = await cacheFeatures(detector, cache, fit);
const validation = await cacheFeatures(detector, cache, holdout, { syntheticAnomalies: 1 });
const resume = (await checkpointFiles(join(folder, 'checkpoints'))).length > 0;
const { detector: trained } = await train(detector, {
  cache,
  samples,
  validation,
  config: {
    ...PRESETS.cpu.train,
    epochs: 8,
    batchSize: 5,
    microBatchSize: 3,
    seed: 3,
    emaDecay: 0.9,
    balanceClasses: true,
    validation: { share: 0.15, copies: 1, everyEpochs: 2 },
  },
  runFolder: folder,
  resume,
  checkpointMinutes: 0,
  onStep: () => void process.stdout.write('step\n'),
});
const { network, whitening = new Float32Array() } = trained.toState();
const values = [...Object.values(network).map(({ data }) => data), whitening];
const bytes = values.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
process.stdout.write(`done ${sha256(...bytes)}\n`);
