import { type Command, Option } from 'commander';
import { backbone, half, input, precision, weights } from '../../shell/backbones.js';
import type { CommandContext } from '../../shell/context.js';
import {
  classes,
  count,
  defectWords,
  device,
  examples,
  goodWords,
  history,
  positive,
  positiveCount,
  preset,
  protocol,
  root,
  station,
  threads,
} from '../../shell/flags.js';
import { parseAugmentation } from '../train/augmentation.js';
import { model, multiScale, tiles } from '../train/command.js';
import type { FeaturesFlags, RedisFlags, ScoreFlags, StatusFlags, WorkerFlags } from './flags.js';

const REDIS = 'redis://127.0.0.1:6379';

const redis = () =>
  new Option('--redis <url>', 'Redis that holds the jobs; rediss:// for TLS')
    .env('MINT_REDIS')
    .default(REDIS);

/** Flags of commands that submit a batch. */
const submission = (command: Command, jobSize: string): Command =>
  command
    .addOption(redis())
    .option('--job-size <n>', jobSize, positiveCount, 64)
    .addOption(
      new Option('--priority <who>', 'who goes first: a line that waits for its decisions, or an archive')
        .choices(['line', 'archive'])
        .default('archive'),
    )
    .option(
      '--ahead <n>',
      'jobs that wait for workers at most; more are added as these are done',
      positiveCount,
      1000,
    )
    .option('--no-wait', 'end when everything is submitted, without waiting for the results');

/** Adds `mint fleet`. */
export function addFleet(program: Command, context: CommandContext): void {
  const fleet = program
    .command('fleet')
    .description('Score images and compute features on many machines, through a queue on Redis.');
  addScore(fleet, context);
  addFeatures(fleet, context);
  addWorker(fleet, context);
  addLooks(fleet, context);
}

function addScore(fleet: Command, context: CommandContext): void {
  const score = fleet
    .command('score')
    .description(
      'Have images scored by workers, exactly once each. Results are those of mint predict, bit for bit: results.jsonl, and unreadable.jsonl for images that cannot be read, or rows of a history. The same command again goes on.',
    )
    .argument(
      '[images...]',
      'what all workers can read: files, folders, patterns in quotes, http(s) or s3:// addresses (a prefix means all images there), or - for names on standard input',
    )
    .requiredOption('--model <where>', 'model folder that all workers see, or its http(s) or s3:// address')
    .option(
      '--out <folder>',
      'folder on a share, or s3://bucket/prefix, for the results; this, --history, or both',
    )
    .option('--list <file>', 'text file with more images, one per line')
    .option('--class <name>', 'class of all images (default: the recognised class of each image)')
    .option('--batch-size <n>', 'images that go through the network together', positiveCount, 8)
    .option('--mm-per-pixel <x>', 'side of a pixel in millimetres, for areas in mm²', positive)
    .option(
      '--rate <x>',
      'images a second that all workers together read from each server, bucket or disk',
      positive,
    )
    .addOption(history())
    .addOption(station());
  submission(score, 'images in a job, a multiple of the batch')
    .addHelpText(
      'after',
      examples(
        'mint fleet score /share/archive --model /share/models/parts --redis redis://queue:6379 --out /share/scores',
        'mint fleet score s3://parts/2026/ --model s3://models/parts --out s3://parts/scores --no-wait',
        'mint fleet score --list today.txt --model /share/models/parts --out /share/today --priority line --history postgres://db/mint',
        'mint fleet score /share/archive --model /share/models/parts --history postgres://db/mint',
      ),
    )
    .action(async (images: string[], flags: ScoreFlags) => {
      const { runScore } = await import('./score.js');
      context.onExit(await runScore(images, flags, context));
    });
}

function addFeatures(fleet: Command, context: CommandContext): void {
  const features = fleet
    .command('features')
    .description(
      'Have the features of a data set computed by workers into one store, which mint train with the same flags then reads as its --cache.',
    )
    .argument('<data>', 'data set that all workers can read, as for mint train')
    .requiredOption('--out <folder>', 'folder on a share, or s3://bucket/prefix, for the features')
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
    .addOption(tiles())
    .option('--jpeg-draft', 'decode large JPEG images at 1/2, 1/4 or 1/8 of their size')
    .option(
      '--augment <changes>',
      'changed copies of the images too, such as mirror,rotate=10,copies=3',
      parseAugmentation,
    )
    .addOption(protocol())
    .option('--seed <n>', 'seed of the split and of changed copies', count, 0)
    .addOption(device())
    .addOption(threads());
  submission(features, 'images in a job')
    .addHelpText(
      'after',
      examples(
        'mint fleet features /share/parts --redis redis://queue:6379 --out /share/features',
        'mint fleet features /share/parts --backbone scattering --out s3://parts/features',
      ),
    )
    .action(async (folder: string, flags: FeaturesFlags, command: Command) => {
      const { runFeatures } = await import('./features.js');
      const isGiven = (flag: string) => command.getOptionValueSource(flag) !== 'default';
      context.onExit(await runFeatures(folder, flags, isGiven, context));
    });
}

function addWorker(fleet: Command, context: CommandContext): void {
  fleet
    .command('worker')
    .description('Do jobs until Ctrl-C or SIGTERM, after which the job at hand is finished.')
    .addOption(redis())
    .addOption(device())
    .addOption(threads())
    .option(
      '--lost-after <seconds>',
      'a worker that gives no sign of life for so long counts as dead: another one does its job',
      positive,
      30,
    )
    .addHelpText('after', examples('mint fleet worker --redis redis://queue:6379 --threads 2'))
    .action(async (flags: WorkerFlags) => {
      const { runWorker } = await import('./worker.js');
      context.onExit(await runWorker(flags, context));
    });
}

function addLooks(fleet: Command, context: CommandContext): void {
  fleet
    .command('status')
    .description('Show how far batches are: images done, rate, time left, workers, failures.')
    .argument('[batch]', 'only this batch')
    .addOption(redis())
    .option('--watch', 'follow a batch to its end with a progress bar')
    .addHelpText(
      'after',
      examples(
        'mint fleet status --redis redis://queue:6379',
        'mint fleet status --watch',
        'mint fleet status --json',
      ),
    )
    .action(async (batch: string | undefined, flags: StatusFlags) => {
      const { runStatus } = await import('./run.js');
      context.onExit(await runStatus(batch, flags, context));
    });
  fleet
    .command('retry')
    .description(
      'Put jobs back into the queue that were given up, and those with images that could not be read.',
    )
    .argument('[batch]', 'only of this batch')
    .addOption(redis())
    .addHelpText('after', examples('mint fleet retry --redis redis://queue:6379'))
    .action(async (batch: string | undefined, flags: RedisFlags) => {
      const { runRetry } = await import('./run.js');
      context.onExit(await runRetry(batch, flags, context));
    });
}
