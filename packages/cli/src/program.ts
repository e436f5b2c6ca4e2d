import { ALPHA, EVALUATION_PROTOCOLS, PRESETS } from '@mint/trainer';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  type CachePruneFlags,
  cacheLsCommand,
  cachePruneCommand,
  cacheVerifyCommand,
} from './cache-command.js';
import { type CalibrateFlags, calibrateCommand } from './calibrate-command.js';
import { type DataCheckFlags, dataCheckCommand } from './data-check-command.js';
import { DEVICES } from './device.js';
import { diffProtocolCommand } from './diff-protocol-command.js';
import { type EvaluateFlags, evaluateCommand } from './evaluate-command.js';
import { type PredictFlags, predictCommand } from './predict-command.js';
import type { Progress } from './progress.js';
import { type QuickstartFlags, quickstartCommand } from './quickstart-command.js';
import { type TrainFlags, trainCommand } from './train-command.js';

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
};
const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return value;
};
const positiveCount = (text: string): number => {
  const value = count(text);
  if (value === 0) throw new InvalidArgumentError('It must be at least 1.');
  return value;
};
const rate = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('It must lie between 0 and 1.');
  return value;
};
const list = (text: string): string[] => text.split(',').map((item) => item.trim());

const device = () => new Option('--device <name>', 'what computes').choices(DEVICES).default('onnx');
const cache = () =>
  new Option('--cache <folder>', 'feature cache (default: feature-cache beside the run folder)');
const classes = () =>
  new Option('--classes <names>', 'only these product classes, separated by commas').argParser(list);
const overlays = () =>
  new Option('--overlays <n>', 'overlays to write for each defect kind of a class')
    .argParser(count)
    .default(4);
const protocol = () =>
  new Option('--protocol <name>', 'conventions behind the numbers')
    .choices(Object.keys(EVALUATION_PROTOCOLS))
    .default('own');
const strict = () => new Option('--strict', 'stop at the first unreadable picture instead of leaving it out');

/** The `mint` command. `onExit` gets the exit code of the command that ran. */
export function createProgram(progress: Progress, onExit: (code: number) => void): Command {
  const program = new Command('mint')
    .description(
      'Finds defects in pictures of products: one model for all product classes, trained on good pictures.',
    )
    .option('--verbose', 'show where an error came from')
    .showHelpAfterError()
    .exitOverride();

  program
    .command('train')
    .description('Train one model on all product classes of a data set.')
    .argument(
      '<data>',
      'folder such as <class>/train/good/* or <class>/good/*, published data set as downloaded, or list (.csv, .jsonl)',
    )
    .requiredOption('--out <folder>', 'run folder: config, log, checkpoints, model, metrics, overlays')
    .option(
      '--weights <file>',
      'EfficientNet-B4 weights (.safetensors); without it: the weight-free scattering backbone',
    )
    .addOption(
      new Option('--model <name>', 'queries of the decoder').choices(['mint-ad', 'uniad']).default('mint-ad'),
    )
    .addOption(
      new Option('--preset <name>', 'training settings').choices(Object.keys(PRESETS)).default('cpu'),
    )
    .addOption(classes())
    .option('--epochs <n>', 'overrides the preset', positiveCount)
    .option('--batch-size <n>', 'overrides the preset', positiveCount)
    .option('--learning-rate <x>', 'overrides the preset', positive)
    .option('--alpha <rate>', 'share of good pictures that may raise an alarm', rate, ALPHA)
    .addOption(protocol())
    .option('--seed <n>', 'seed of every random choice', count, 0)
    .addOption(device())
    .addOption(cache())
    .addOption(overlays())
    .option('--resume', 'go on from the last checkpoint in --out')
    .addOption(strict())
    .addHelpText(
      'after',
      '\nExample:\n  mint train ./parts --weights efficientnet_b4.safetensors --out runs/parts',
    )
    .action(async (folder: string, flags: TrainFlags) => onExit(await trainCommand(folder, flags, progress)));

  program
    .command('evaluate')
    .description('Score the test pictures of a data set and write metrics.json.')
    .argument('<data>', 'data set, as for train')
    .requiredOption('--model <folder>', 'model folder, such as runs/parts/model')
    .requiredOption('--out <folder>', 'where metrics.json and overlays go')
    .addOption(classes())
    .addOption(protocol())
    .option('--class-given', 'apply the limits of the class a picture shows, not of the one it is taken for')
    .addOption(device())
    .addOption(cache())
    .addOption(overlays())
    .addOption(strict())
    .addHelpText(
      'after',
      '\nExample:\n  mint evaluate ./parts --model runs/parts/model --out runs/parts-again',
    )
    .action(async (folder: string, flags: EvaluateFlags) =>
      onExit(await evaluateCommand(folder, flags, progress)),
    );

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
      onExit(await predictCommand(pictures, flags, progress)),
    );

  program
    .command('calibrate')
    .description(
      'Set the alarm limits of a model for another false-alarm rate; its weights stay as they are.',
    )
    .argument('<model>', 'model folder, such as runs/parts/model')
    .option('--alpha <rate>', 'share of good pictures that may raise an alarm (default: as it is)', rate)
    .option('--add <folder>', 'new good pictures, in a subfolder for each class')
    .option('--class <name>', 'class of the pictures in --add, which then has no subfolders')
    .addOption(device())
    .addOption(cache())
    .addOption(strict())
    .addHelpText(
      'after',
      '\nExample:\n  mint calibrate runs/parts/model --alpha 0.01 --add new-good-pictures',
    )
    .action(async (model: string, flags: CalibrateFlags) =>
      onExit(await calibrateCommand(model, flags, progress)),
    );

  program
    .command('diff-protocol')
    .description('Say why the numbers of two evaluations may differ. Exit code 1 when anything does.')
    .argument('<first>', 'metrics.json or run folder')
    .argument('<second>', 'metrics.json or run folder')
    .addHelpText('after', '\nExample:\n  mint diff-protocol runs/a runs/b')
    .action(async (first: string, second: string) => onExit(await diffProtocolCommand(first, second)));

  const caches = program.command('cache').description('Look after a folder of computed features.');
  caches
    .command('ls')
    .description('List what is in it, the last used first.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .action(async (folder: string) => onExit(await cacheLsCommand(folder)));
  caches
    .command('verify')
    .description('Read every byte and name damaged files. Exit code 1 when there are any.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .action(async (folder: string) => onExit(await cacheVerifyCommand(folder)));
  caches
    .command('prune')
    .description('Remove damaged files and what killed processes left.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .option('--unused <days>', 'also features of settings that were not used for so many days', count)
    .addHelpText('after', '\nExample:\n  mint cache prune runs/feature-cache --unused 30')
    .action(async (folder: string, flags: CachePruneFlags) => onExit(await cachePruneCommand(folder, flags)));

  program
    .command('data')
    .description('Look at data sets.')
    .command('check')
    .description(
      'Open every picture and mask and report what is there and what is wrong. Exit code 1 when a problem was found, else 0.',
    )
    .argument('<path>', 'folder of pictures, published data set as downloaded, or list (.csv, .jsonl)')
    .addOption(classes())
    .option('--json', 'the whole report as JSON')
    .addHelpText('after', '\nExample:\n  mint data check ./parts && mint train ./parts --out runs/parts')
    .action(async (path: string, flags: DataCheckFlags) =>
      onExit(await dataCheckCommand(path, flags, progress)),
    );

  program
    .command('quickstart')
    .description('Learn four made-up product classes and find their defects, in a few minutes.')
    .option('--out <folder>', 'run folder', 'runs/quickstart')
    .option('--seed <n>', 'seed of every random choice', count, 0)
    .addOption(device())
    .action(async (flags: QuickstartFlags) => onExit(await quickstartCommand(flags, progress)));

  return program;
}
