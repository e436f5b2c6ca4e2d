import { join, resolve } from 'node:path';
import { readEfficientNetWeights } from '@mint/backbone';
import { describePreprocessing, loadDataset } from '@mint/data';
import { calibrationToJson, type DetectorConfig, PAPER_CONFIG } from '@mint/detector';
import { MintError, type TypedTensor } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { metricsTable } from '@mint/report';
import { EVALUATION_PROTOCOLS, type EvaluationProtocol, PRESETS } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import type { CommandContext } from '../../shell/context.js';
import { Interrupted, interruption } from '../../shell/interruption.js';
import { clock } from '../../shell/progress.js';
import { defaultCache, runTrainingJob } from '../../training/pipeline.js';
import { thresholdTable } from '../calibrate/run.js';
import { laidOver, readConfigFile } from './config-file.js';
import type { TrainFlags } from './flags.js';

/**
 * `mint train <folder>`: one model for all product classes found under the folder. Returns the exit code.
 *
 * @param given - Flags, defaults among them.
 * @param isGiven - Whether a flag was given.
 */
export async function runTrain(
  folder: string,
  given: TrainFlags,
  isGiven: (flag: string) => boolean,
  { progress, print }: CommandContext,
): Promise<number> {
  const file = given.config === undefined ? {} : await readConfigFile(given.config);
  const flags = laidOver(given, file, isGiven);
  const out = resolve(flags.out);
  const dataset = await loadDataset(folder, flags.classes === undefined ? {} : { classes: flags.classes });
  if (dataset.layout !== undefined) progress.say(`${dataset.name}, read as: ${dataset.layout}`);
  const normals = dataset.samples.filter(({ split, label }) => split === 'train' && label === 'normal');
  progress.say(
    `${dataset.classes.length} classes, ${normals.length} good training images: ${dataset.classes.join(', ')}`,
  );
  const { backbone, weights } = await loadBackbone(flags.weights);
  const used = await useDevice(flags, progress);
  const { train: presetTraining, ...presetDetector } = PRESETS[flags.preset];
  const { network, queries, ...detector } = file.detector ?? {};
  const config: DetectorConfig = {
    ...PAPER_CONFIG,
    ...presetDetector,
    ...(flags.model === 'uniad' && presetDetector.map === 'whitened-by-class' ? { map: 'whitened' } : {}),
    ...detector,
    network: { ...presetDetector.network, ...network },
    queries: { ...PAPER_CONFIG.queries, ...queries },
    ...preparedFor(flags),
    model: flags.model,
    classes: dataset.classes,
    backbone,
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
          ...presetTraining,
          ...file.train,
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
        tensorboard: flags.tensorboard ?? false,
        overlays: flags.overlays,
        signal,
      },
      progress,
    );
    if (!result.finished)
      throw new Interrupted('stopped; the checkpoint is saved. Go on with the same command and --resume.');
    const { metrics, calibration, trainingSeconds } = result;
    const [model, report] = [join(out, 'model'), join(out, 'report.html')];
    const tables = [
      ...(metrics === undefined ? [] : [metricsTable(metrics, metrics.protocol)]),
      ...(calibration === undefined ? [] : [thresholdTable(calibration, metrics?.decisions)]),
    ];
    print(tables.join('\n\n'), {
      model,
      trainingSeconds,
      ...(calibration === undefined
        ? {}
        : { alpha: calibration.alpha, thresholds: calibrationToJson(calibration).thresholds }),
      ...(metrics === undefined ? {} : { report, metrics }),
    });
    progress.say(
      `trained in ${clock(trainingSeconds)}; model: ${model}${metrics === undefined ? '' : `; report: ${report}`}`,
    );
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
      `--protocol ${name}: prescribes how images are prepared (${describePreprocessing(demanded)}); leave out ${tiles === undefined ? '--jpeg-draft' : '--tiles'}, or the protocol.`,
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
