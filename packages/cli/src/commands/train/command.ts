import type { DetectorConfig } from '@mint/detector';
import type { ALPHA } from '@mint/trainer';
import { type Command, Option } from 'commander';
import { backbone, half, input, precision, weights } from '../../shell/backbones.js';
import type { CommandContext } from '../../shell/context.js';
import {
  cache,
  classes,
  count,
  defectWords,
  device,
  examples,
  goodWords,
  overlays,
  positive,
  positiveCount,
  preset,
  protocol,
  rate,
  root,
  strict,
  threads,
} from '../../shell/flags.js';
import { parseAugmentation } from './augmentation.js';
import type { TrainFlags } from './flags.js';

const EXAMPLES = examples(
  'mint train ./parts --out runs/parts',
  'mint train ./parts --out runs/parts --backbone vit_small_patch14_reg4_dinov2 --input 392',
  'mint train ./parts --out runs/parts --weights model.safetensors',
  'mint train ./parts --out runs/parts --model gaussian   # seconds after features, no network',
  'mint train ./parts --out runs/parts --resume   # after Ctrl-C or a power cut',
  'mint train ./parts --out runs/parts --alpha 0.01 --review 0.1   # doubtful images go to a person',
  'mint train ./parts --out runs/parts --config mint.config.jsonc',
  'mint train parts.csv --out runs/two --classes nut,bolt --alpha 0.02',
);

export const model = () =>
  new Option(
    '--model <name>',
    'method: a network with class-aware queries (mint-ad) or learned ones (uniad), or statistics without a network (gaussian, memory)',
  )
    .choices(['mint-ad', 'uniad', 'gaussian', 'memory'] satisfies DetectorConfig['model'][])
    .default('mint-ad' satisfies DetectorConfig['model']);

export const multiScale = () =>
  new Option(
    '--multi-scale',
    'sharper maps, for --model gaussian: statistics at places twice as fine, and at two coarser scales, joined in one map',
  );

export const tiles = () =>
  new Option(
    '--tiles <how>',
    'cut images larger than 1.5 times the input into tiles at full resolution',
  ).choices(['auto']);

const review = () =>
  new Option(
    '--review <rate>',
    'share of good images that may be reviewed or raise an alarm, above --alpha (default: no image is reviewed)',
  ).argParser(rate);

const roi = () =>
  new Option(
    '--roi <folder>',
    'where images are looked at: <class>.png, white there, or <class>.json, polygons in shares from 0 to 1; of one image: <class>/<image>.png or .json',
  );

const augment = () =>
  new Option(
    '--augment <changes>',
    'train on changed copies of the images too, such as mirror,rotate=10,brightness=0.1,copies=3',
  ).argParser(parseAugmentation);

const jpegDraft = () =>
  new Option(
    '--jpeg-draft',
    'decode large JPEG images at 1/2, 1/4 or 1/8 of their size: faster, with slightly different pixels',
  );

const fromHistory = () =>
  new Option(
    '--from-history <history>',
    'also learn the images that people judged good in a record of decisions, where their files still are',
  );

/** Adds `mint train`. */
export function addTrain(program: Command, context: CommandContext): void {
  program
    .command('train')
    .description('Train one model on all product classes of a data set.')
    .argument(
      '<data>',
      'folder such as <class>/train/good/* or <class>/good/*, published data set as downloaded, or list (.csv, .jsonl)',
    )
    .requiredOption(
      '--out <folder>',
      'run folder: config, log, checkpoints, model, metrics, report, overlays',
    )
    .addOption(fromHistory())
    .option('--config <file>', 'settings as written by mint init; flags override them')
    .addOption(backbone())
    .addOption(weights())
    .addOption(input())
    .addOption(half())
    .addOption(precision())
    .addOption(model())
    .addOption(multiScale())
    .addOption(preset())
    .addOption(classes())
    .addOption(goodWords())
    .addOption(defectWords())
    .addOption(root())
    .option('--epochs <n>', 'passes over the training images (default: as in the preset)', positiveCount)
    .option('--batch-size <n>', 'images per step (default: as in the preset)', positiveCount)
    .option('--learning-rate <x>', 'peak learning rate (default: as in the preset)', positive)
    .option(
      '--alpha <rate>',
      'share of good images that may raise an alarm',
      rate,
      0.05 satisfies typeof ALPHA,
    )
    .addOption(review())
    .addOption(roi())
    .addOption(tiles())
    .addOption(jpegDraft())
    .addOption(augment())
    .addOption(protocol())
    .option('--seed <n>', 'seed of every random choice', count, 0)
    .addOption(device())
    .addOption(threads())
    .addOption(cache())
    .option('--tensorboard', 'write event files for TensorBoard to tensorboard/ in --out')
    .addOption(overlays())
    .option('--resume', 'continue from the last checkpoint in --out')
    .option('--overwrite', 'start afresh although --out has checkpoints, and remove them')
    .addOption(strict())
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, flags: TrainFlags, command: Command) => {
      const { runTrain } = await import('./run.js');
      const isGiven = (flag: string) => command.getOptionValueSource(flag) !== 'default';
      context.onExit(await runTrain(folder, flags, isGiven, context));
    });
}
