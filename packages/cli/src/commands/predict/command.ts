import { type Command, Option } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { device, examples, positive, positiveCount, strict, threads, withRecord } from '../../shell/flags.js';
import { FORMATS, NOT_OK, type PredictFlags, TO_REVIEW } from './flags.js';

/** Adds `mint predict`. */
export function addPredict(program: Command, context: CommandContext): void {
  const command = program
    .command('predict')
    .description(
      'Score images: how anomalous each image is, which class it shows, and the decision: ok, review, alarm or unknown class.',
    )
    .argument(
      '<images...>',
      "image files, folders, patterns in quotes such as 'new/**/*.png', http(s) or data URLs, or - for an image (or names, one per line) on standard input",
    )
    .requiredOption('--model <folder>', 'model folder, such as runs/parts/model')
    .option('--class <name>', 'class of all images (default: the recognised class of each image)')
    .addOption(
      new Option('--format <name>', 'how results are written; json means JSON Lines, one object per image')
        .choices(FORMATS)
        .default('table'),
    )
    .option(
      '--spreadsheet',
      'in CSV, put an apostrophe before a text that a spreadsheet would compute as a formula',
    )
    .option('--out <folder>', 'folder for an overlay of each image and results.csv or results.jsonl')
    .option(
      '--batch-size <n>',
      'images per batch; 1 gives the shortest wait for each image',
      positiveCount,
      8,
    )
    .option('--watch', 'watch folders: score the images in them and each new one, until Ctrl-C')
    .option(
      '--exit-code',
      `exit with ${NOT_OK} when the decision for any image is not ok; with ${TO_REVIEW} when the worst decision is review`,
    )
    .option(
      '--roi <folder>',
      'where single images are looked at: <class>/<image>.png, white there, or .json, in place of the region of their class',
    )
    .option('--masks <folder>', 'folder for a mask of each image: white in the regions above the limit')
    .option('--maps <folder>', 'folder for the anomaly map of each image as numbers, .npy and .tiff')
    .option('--coco <file>', 'regions of all images as one COCO file, written at the end')
    .option('--labelme <folder>', 'folder for a LabelMe file of each image')
    .option('--mm-per-pixel <x>', 'side of a pixel in millimetres, for areas in mm²', positive);
  withRecord(command)
    .addOption(device())
    .addOption(threads())
    .addOption(strict())
    .addHelpText(
      'after',
      examples(
        'mint predict new/*.jpg --model runs/parts/model --out overlays',
        "mint predict 'new/**' --model runs/parts/model --format csv > results.csv",
        'mint predict - --model runs/parts/model < snapshot.jpg',
        'mint predict http://camera/snapshot.jpg --model runs/parts/model',
        'mint predict incoming --watch --model runs/parts/model --class nut --out results',
        'mint predict new --model runs/parts/model --exit-code || echo look at them',
      ),
    )
    .action(async (images: string[], _: unknown, command: Command) => {
      const { runPredict } = await import('./run.js');
      context.onExit(await runPredict(images, command.optsWithGlobals<PredictFlags>(), context));
    });
}
