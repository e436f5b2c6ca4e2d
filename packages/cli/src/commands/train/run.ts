import { join, resolve } from 'node:path';
import { type Dataset, loadDataset } from '@mint/data';
import { calibrationToJson } from '@mint/detector';
import { metricsTable } from '@mint/report';
import { assertNewRun } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import { cacheFolder } from '../../jobs/cache-folder.js';
import { localCache } from '../../jobs/local-cache.js';
import { type FinishedJob, trainAndEvaluate } from '../../jobs/train-and-evaluate.js';
import { type LeftOut, sayLeftOut, withHistory } from '../../judged/judged-images.js';
import { withJudged } from '../../judged/judged-samples.js';
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
import { detectorConfigOf, inputOf, reviewAlphaOf, trainConfigOf } from './settings.js';

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
  const dataset =
    flags.fromHistory === undefined ? found : await learnJudged(flags.fromHistory, found, progress);
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
        cache: await localCache(cacheFolder(settings.cache, out), out, progress),
        device,
        signal,
        afterStop: `the checkpoint is saved. Go on with the same command, with --resume${settings.overwrite ? ' in place of --overwrite' : ''}.`,
      },
      progress,
    );
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
async function learnJudged(place: string, dataset: Dataset, progress: Progress): Promise<Dataset> {
  const left: LeftOut = new Map();
  const all = await withHistory(place, (history) => withJudged(dataset, history, left));
  const note = sayLeftOut(left);
  if (note !== undefined) progress.say(`note: ${note}`);
  progress.say(`${all.samples.length - dataset.samples.length} recorded images that people judged good`);
  return all;
}
