import { basename, join, resolve } from 'node:path';
import { loadSample, type Sample } from '@mint/data';
import { brightnessOf, MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { writeFileAtomic } from '@mint/internal/node';
import { preprocessingOf } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import { type Device, useDevice } from '../device.js';
import { driftWatch } from '../drift-watch.js';
import { device, strict } from '../flags.js';
import { overlayOf, safeName } from '../overlays.js';
import type { Progress } from '../progress.js';

export interface PredictFlags {
  readonly model: string;
  /** The class of all pictures. Default: the class each is taken for. */
  readonly class?: string;
  readonly out?: string;
  readonly device: Device;
  readonly strict?: boolean;
}

/** Adds `mint predict`. */
export function addPredict(program: Command, { progress, onExit }: CommandContext): void {
  program
    .command('predict')
    .description('Score single pictures.')
    .argument('<pictures...>', 'picture files')
    .requiredOption('--model <folder>', 'model folder, such as runs/parts/model')
    .option('--class <name>', 'class of all pictures (default: the class each is taken for)')
    .option('--out <folder>', 'write an overlay of each picture there')
    .addOption(device())
    .addOption(strict())
    .addHelpText('after', '\nExample:\n  mint predict new/*.jpg --model runs/parts/model --out overlays')
    .action(async (pictures: string[], flags: PredictFlags) =>
      onExit(await runPredict(pictures, flags, progress)),
    );
}

/**
 * `mint predict <pictures…> --model <folder>`: one line a picture with score, class, p-values and decision; overlays with
 * `--out`.
 * Returns 1 when a picture could not be read.
 */
export async function runPredict(
  pictures: readonly string[],
  flags: PredictFlags,
  progress: Progress,
): Promise<number> {
  await useDevice(flags.device);
  const detector = await MintDetector.load(flags.model);
  const watch = driftWatch(detector.calibration, (text) => progress.say(text));
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
        const { className = '', p, classP, outcome } = decision;
        const index = detector.config.classes.indexOf(className);
        watch(className, {
          score: prediction.score,
          strangeness: prediction.strangeness?.[index],
          brightness: brightnessOf(image.data),
        });
        const probability = prediction.classPosterior?.[index];
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
