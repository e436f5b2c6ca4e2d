import { basename, join, resolve } from 'node:path';
import { loadSample, type Sample } from '@mint/data';
import { type Calibration, createDriftMonitor, type Decision, MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { writeFileAtomic } from '@mint/internal/node';
import { preprocessingOf } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { type Device, useDevice } from './device.js';
import { overlayOf, safeName } from './overlays.js';
import type { Progress } from './progress.js';

export interface PredictFlags {
  readonly model: string;
  /** The class of all pictures. Default: the class each is taken for. */
  readonly class?: string;
  readonly out?: string;
  readonly device: Device;
  readonly strict?: boolean;
}

/**
 * `mint predict <pictures…> --model <folder>`: one line a picture with score, class, p-values and decision; overlays with
 * `--out`.
 * Returns 1 when a picture could not be read.
 */
export async function predictCommand(
  pictures: readonly string[],
  flags: PredictFlags,
  progress: Progress,
): Promise<number> {
  await useDevice(flags.device);
  const detector = await MintDetector.load(flags.model);
  const watch = driftWatch(detector.calibration, progress);
  let failed = 0;
  try {
    const { width, height } = detector.config.input;
    process.stdout.write('picture\tscore\tclass\tprobability\tclass p\tp\tdecision\n');
    for (const [i, path] of pictures.entries()) {
      // Class, split and label only fill the sample's form; the detector sees the picture alone.
      const sample: Sample = {
        id: path,
        className: flags.class ?? '',
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
        const decision = detector.decide(prediction, flags.class);
        watch(decision, prediction.score);
        const { className = '', p, classP, outcome } = decision;
        const probability = prediction.classPosterior?.[detector.config.classes.indexOf(className)];
        const numbers = [probability, classP, p].map((value) => value?.toFixed(3) ?? '');
        process.stdout.write(
          `${[path, prediction.score.toFixed(4), className, ...numbers, outcome === 'none' ? '' : outcome].join('\t')}\n`,
        );
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

/** Says once for each class that its pictures are no longer like the good pictures held out of training. */
function driftWatch(calibration: Calibration | undefined, progress: Progress) {
  const monitors = new Map(
    Object.entries(calibration?.normalScores ?? {}).map(([name, scores]) => [
      name,
      createDriftMonitor(scores),
    ]),
  );
  const told = new Set<string>();
  return ({ className = '' }: Decision, score: number): void => {
    const drift = monitors.get(className)?.(score);
    if (drift === undefined || !drift.alarm || told.has(className)) return;
    told.add(className);
    progress.say(
      `note: after ${drift.count} pictures, scores of ${className} are not as in training (evidence ${Math.round(drift.evidence)} : 1): ` +
        'more defects, or other light or camera. Its alarm limit no longer keeps its promise: train again with good pictures of today.',
    );
  };
}
