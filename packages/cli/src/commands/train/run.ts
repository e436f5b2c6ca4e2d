import { dirname, join, resolve } from 'node:path';
import { type Dataset, loadDataset } from '@mint/data';
import { calibrationToJson, shortHash, updateDescription } from '@mint/detector';
import { metricsTable } from '@mint/report';
import { assertNewRun } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import { localCache } from '../../jobs/local-cache.js';
import { type FinishedJob, trainAndEvaluate } from '../../jobs/train-and-evaluate.js';
import { type LeftOut, sayLeftOut, withHistory } from '../../judged/judged-images.js';
import { type KeptImages, type WithJudged, withJudged } from '../../judged/judged-samples.js';
import { sayLayout } from '../../output/dataset-notes.js';
import { suspectRow } from '../../output/suspects.js';
import { thresholdTable } from '../../output/threshold-table.js';
import type { CommandContext } from '../../shell/context.js';
import { readInterest, withInterests } from '../../shell/interest-files.js';
import { interruption } from '../../shell/interruption.js';
import { clock, type Progress } from '../../shell/progress.js';
import { chooseBackbone } from './backbone.js';
import type { TrainFlags } from './flags.js';
import { inputForImages, readSettings } from './read-settings.js';
import {
  detectorConfigOf,
  followsImages,
  inputOf,
  reviewAlphaOf,
  type TrainSettings,
  trainConfigOf,
} from './settings.js';

/**
 * `mint train <folder>`: one model for all product classes found under the folder. Returns the exit code.
 *
 * @param flags - All flags, defaults among them.
 * @param isGiven - Whether a flag was given.
 */
export async function runTrain(
  folder: string,
  flags: TrainFlags,
  isGiven: (flag: string) => boolean,
  context: CommandContext,
): Promise<number> {
  const { progress } = context;
  const settings = await readSettings(flags, isGiven);
  reviewAlphaOf(settings);
  const out = resolve(settings.out);
  await assertNewRun(out, settings, { resume: '--resume', overwrite: '--overwrite' });
  const { classes, goodWords, defectWords, root } = settings;
  const found = await loadDataset(folder, { classes, goodWords, defectWords, root });
  const { dataset, originals } =
    flags.fromHistory === undefined
      ? { dataset: found, originals: [] }
      : await learnJudged(flags.fromHistory, found, settings, progress);
  sayWhatIsLearned(dataset, progress);
  inputOf(settings); // what it refuses is refused before a backbone is fetched
  const { backbone, weights, origin } = await chooseBackbone(settings, progress);
  const device = await useDevice(settings, progress);
  const input = await inputForImages(settings, dataset, backbone, progress);
  const detector = detectorConfigOf(settings, dataset.classes, backbone, input);
  const interest = settings.roi === undefined ? undefined : await readInterest(settings.roi, detector);
  const { signal, release } = interruption(progress);
  try {
    const finished = await trainAndEvaluate(
      {
        ...settings,
        dataset: interest ? await withInterests(dataset, interest.own, progress.say) : dataset,
        detector,
        regionsOfInterest: interest?.byClass,
        weights,
        origin,
        reviewAlpha: reviewAlphaOf(settings),
        train: trainConfigOf(settings),
        out,
        cache: await localCache(settings.cache, out, progress),
        device,
        signal,
        afterStop: `the checkpoint is saved. Go on with the same command, with --resume${settings.overwrite ? ' in place of --overwrite' : ''}.`,
      },
      progress,
    );
    await noteOriginals(join(out, 'model'), originals);
    printResult(finished, out, context);
    return 0;
  } finally {
    release();
  }
}

function sayWhatIsLearned(dataset: Dataset, progress: Progress): void {
  sayLayout(dataset, progress);
  const { classes, samples } = dataset;
  const good = samples.filter(({ split, label }) => split === 'train' && label === 'normal').length;
  progress.say(`${classes.length} classes, ${good} good training images: ${classes.join(', ')}`);
}

function printResult(
  { metrics, calibration, suspects, trainingSeconds }: FinishedJob,
  out: string,
  { print, progress }: CommandContext,
): void {
  const model = join(out, 'model');
  const report = metrics === undefined ? undefined : join(out, 'report.html');
  const tables = [
    metrics === undefined ? '' : metricsTable(metrics, metrics.protocol),
    calibration === undefined ? '' : thresholdTable(calibration, metrics?.decisions),
  ];
  print(tables.filter((table) => table !== '').join('\n\n'), {
    model,
    trainingSeconds,
    alpha: calibration?.alpha,
    suspects: suspects.map(suspectRow),
    thresholds: calibration && calibrationToJson(calibration).thresholds,
    report,
    metrics,
  });
  const files = [`model: ${model}`, ...(report === undefined ? [] : [`report: ${report}`])];
  progress.say(`trained in ${clock(trainingSeconds)}; ${files.join('; ')}`);
}

/** The data set with the images of a record that people judged good; those that are not used are counted. */
async function learnJudged(
  place: string,
  dataset: Dataset,
  settings: TrainSettings,
  progress: Progress,
): Promise<WithJudged> {
  const left: LeftOut = new Map();
  const { width, height, tiles } = inputOf(settings);
  const side = followsImages(settings) ? 0 : Math.min(width, height);
  const kept: KeptImages = {
    folder: join(dirname(resolve(settings.out)), 'judged-images'),
    // Tiles are cut from images at their full resolution.
    leastSide: tiles === undefined ? side : Number.POSITIVE_INFINITY,
  };
  const all = await withHistory(place, (history) => withJudged(dataset, history, kept, left));
  const note = sayLeftOut(left);
  if (note !== undefined) progress.say(`note: ${note}`);
  const added = all.dataset.samples.length - dataset.samples.length;
  const { length } = all.originals;
  const small =
    length === 0 ? '' : `, ${length} of them as the small images of the record, in ${kept.folder}`;
  progress.say(`${added} recorded images that people judged good${small}`);
  return all;
}

/** The model was trained on small images of these: its limits may never rest on them. */
async function noteOriginals(model: string, originals: readonly string[]): Promise<void> {
  if (originals.length === 0) return;
  await updateDescription(model, (state) => {
    const { fit = [], heldOut = [], test = [] } = state.images ?? {};
    return { ...state, images: { fit: [...new Set([...fit, ...originals.map(shortHash)])], heldOut, test } };
  });
}
