import { basename, join, resolve } from 'node:path';
import { loadSample, type Sample } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { writeFileAtomic } from '@mint/internal/node';
import { preprocessingOf } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { type Device, useDevice } from './device.js';
import { overlayOf, safeName } from './overlays.js';
import type { Progress } from './progress.js';

export interface PredictFlags {
  readonly model: string;
  readonly out?: string;
  readonly device: Device;
  readonly strict?: boolean;
}

/**
 * `mint predict <pictures…> --model <folder>`: one line a picture with score and class; overlays with `--out`.
 * Returns 1 when a picture could not be read.
 */
export async function predictCommand(
  pictures: readonly string[],
  flags: PredictFlags,
  progress: Progress,
): Promise<number> {
  await useDevice(flags.device);
  const detector = await MintDetector.load(flags.model);
  let failed = 0;
  try {
    const { width, height } = detector.config.input;
    process.stdout.write('picture\tscore\tclass\tprobability\n');
    for (const [i, path] of pictures.entries()) {
      // Class, split and label only fill the sample's form; the detector sees the picture alone.
      const sample: Sample = {
        id: path,
        className: '',
        classIndex: 0,
        split: 'test',
        label: 'normal',
        imagePath: path,
      };
      try {
        const { image } = await loadSample(sample, preprocessingOf(detector.config));
        const batch = tf.tensor4d(image.data, [1, height, width, 3], 'int32');
        const [prediction] = await detector.predict(batch);
        batch.dispose();
        if (prediction === undefined) continue;
        const { score, className = '', classPosterior } = prediction;
        const probability = classPosterior === undefined ? '' : Math.max(...classPosterior).toFixed(3);
        process.stdout.write(`${path}\t${score.toFixed(4)}\t${className}\t${probability}\n`);
        if (flags.out !== undefined) {
          const name = `${String(i).padStart(4, '0')}_${safeName(basename(path))}.png`;
          const picture = { sample: { ...sample, id: basename(path) }, prediction, image: image.data };
          await writeFileAtomic(join(resolve(flags.out), name), overlayOf(detector, picture));
        }
      } catch (error) {
        if (flags.strict || !MintError.isInstance(error)) throw error;
        failed += 1;
        progress.say(`left out: ${error.message}`);
      }
    }
    return failed === 0 ? 0 : 1;
  } finally {
    detector.dispose();
  }
}
