import { join, resolve } from 'node:path';
import { readEfficientNetWeights } from '@mint/backbone';
import { describePreprocessing, loadDataset } from '@mint/data';
import { type DetectorConfig, PAPER_CONFIG } from '@mint/detector';
import { MintError, type TypedTensor } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { metricsTable } from '@mint/report';
import {
  ALPHA,
  type Augmentation,
  EVALUATION_PROTOCOLS,
  type EvaluationProtocol,
  type EvaluationProtocolName,
  PRESETS,
  type PresetName,
} from '@mint/trainer';
import { type Command, Option } from 'commander';
import { parseAugmentation } from '../augmentation.js';
import type { CommandContext } from '../context.js';
import { type Device, useDevice } from '../device.js';
import {
  cache,
  classes,
  count,
  device,
  overlays,
  positive,
  positiveCount,
  protocol,
  rate,
  strict,
} from '../flags.js';
import { interruption } from '../interruption.js';
import { defaultCache, runTrainingJob } from '../pipeline.js';
import { clock, type Progress } from '../progress.js';
import { thresholdTable } from '../run/calibrate.js';

export interface TrainFlags {
  readonly out: string;
  readonly weights?: string;
  readonly model: DetectorConfig['model'];
  readonly preset: PresetName;
  readonly classes?: readonly string[];
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly alpha: number;
  readonly tiles?: 'auto';
  readonly jpegDraft?: true;
  readonly augment?: Augmentation;
  /** Prepares pictures and takes numbers by the conventions of others. */
  readonly protocol: EvaluationProtocolName;
  readonly seed: number;
  readonly device: Device;
  readonly cache?: string;
  readonly overlays: number;
  readonly resume?: boolean;
  readonly strict?: boolean;
}

/** Adds `mint train`. */
export function addTrain(program: Command, { progress, onExit }: CommandContext): void {
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
    .addOption(
      new Option(
        '--tiles <how>',
        'see pictures over 1.5 times the input in tiles at full resolution',
      ).choices(['auto']),
    )
    .option('--jpeg-draft', 'decode large JPEG pictures at 1/2, 1/4 or 1/8: faster, other pixels')
    .option(
      '--augment <changes>',
      'learn changed copies of the pictures too, such as mirror,rotate=10,brightness=0.1,copies=3',
      parseAugmentation,
    )
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
    .action(async (folder: string, flags: TrainFlags) => onExit(await runTrain(folder, flags, progress)));
}

/** `mint train <folder>`: one model for all product classes found under the folder. Returns the exit code. */
export async function runTrain(folder: string, flags: TrainFlags, progress: Progress): Promise<number> {
  const out = resolve(flags.out);
  const dataset = await loadDataset(folder, flags.classes === undefined ? {} : { classes: flags.classes });
  if (dataset.layout !== undefined) progress.say(`${dataset.name}, read as: ${dataset.layout}`);
  const normals = dataset.samples.filter(({ split, label }) => split === 'train' && label === 'normal');
  progress.say(
    `${dataset.classes.length} classes, ${normals.length} good training pictures: ${dataset.classes.join(', ')}`,
  );
  const { backbone, weights } = await loadBackbone(flags.weights);
  const used = await useDevice(flags.device, progress);
  const preset = PRESETS[flags.preset];
  const config: DetectorConfig = {
    ...PAPER_CONFIG,
    ...preparedFor(flags),
    model: flags.model,
    classes: dataset.classes,
    backbone,
    featureScaling: preset.featureScaling,
    map: preset.map,
    seed: flags.seed,
  };
  const { signal, release } = interruption(progress);
  try {
    const result = await runTrainingJob(
      {
        dataset,
        config,
        backbone: weights,
        train: {
          ...preset.train,
          seed: flags.seed,
          ...(flags.epochs === undefined ? {} : { epochs: flags.epochs }),
          ...(flags.batchSize === undefined ? {} : { batchSize: flags.batchSize }),
          ...(flags.learningRate === undefined ? {} : { learningRate: flags.learningRate }),
          ...(flags.augment === undefined ? {} : { augment: flags.augment }),
        },
        alpha: flags.alpha,
        protocol: flags.protocol,
        out,
        cache: resolve(flags.cache ?? defaultCache(out)),
        device: used,
        resume: flags.resume ?? false,
        strict: flags.strict ?? false,
        overlays: flags.overlays,
        signal,
      },
      progress,
    );
    if (!result.finished) {
      progress.say(`stopped; the checkpoint is saved. Go on with the same command and --resume.`);
      return 130;
    }
    if (result.metrics !== undefined)
      process.stdout.write(`${metricsTable(result.metrics, result.metrics.protocol)}\n`);
    if (result.calibration !== undefined)
      progress.say(thresholdTable(result.calibration, result.metrics?.decisions));
    const report = result.metrics === undefined ? '' : `; report: ${join(out, 'report.html')}`;
    progress.say(`trained in ${clock(result.trainingSeconds)}; model: ${join(out, 'model')}${report}`);
    return 0;
  } finally {
    release();
  }
}

/** Input as a protocol demands, with a token for each 16 pixels. */
function preparedFor({
  protocol: name,
  tiles,
  jpegDraft,
}: Pick<TrainFlags, 'protocol' | 'tiles' | 'jpegDraft'>): Pick<DetectorConfig, 'input' | 'grid'> {
  const { input: demanded }: EvaluationProtocol = EVALUATION_PROTOCOLS[name];
  if (demanded !== undefined && (tiles !== undefined || jpegDraft !== undefined)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `--protocol ${name}: prescribes how pictures are prepared (${describePreprocessing(demanded)}); leave out ${tiles === undefined ? '--jpeg-draft' : '--tiles'}, or the protocol.`,
    );
  }
  const input = {
    ...PAPER_CONFIG.input,
    ...demanded,
    ...(tiles === undefined ? {} : { tiles }),
    ...(jpegDraft === undefined ? {} : { jpegDraft }),
  };
  return { input, grid: [Math.floor(input.height / 16), Math.floor(input.width / 16)] };
}

/** EfficientNet-B4 when a weight file is given, the weight-free scattering backbone otherwise. */
async function loadBackbone(
  path: string | undefined,
): Promise<{ backbone: DetectorConfig['backbone']; weights: Record<string, TypedTensor> }> {
  if (path === undefined) return { backbone: { kind: 'scattering' }, weights: {} };
  const backbone = PAPER_CONFIG.backbone;
  if (path.endsWith('.json')) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${path}: --weights wants EfficientNet-B4 weights in a .safetensors file.`,
    );
  }
  const bytes = await readFileOf('EfficientNet-B4 weights', path);
  return { backbone, weights: readEfficientNetWeights(bytes, backbone, path) };
}
