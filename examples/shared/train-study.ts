import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Sample, splitHoldout } from '@mint/data';
import { MintDetector, writeDescription } from '@mint/detector';
import { cacheFeatures, featureCacheOf, inputFor, trainDetector, whiten } from '@mint/trainer';
import { backboneOf } from './backbones.js';
import { flags, startDevice } from './flags.js';
import { type Run, runsOf, type Study, type StudyData } from './study.js';

/** Trains every detector of a study, or those that the command line names, that is not there yet. */
export async function trainStudy(study: Study, data: readonly StudyData[]): Promise<void> {
  await startDevice();
  for (const run of runsOf(study, data).filter(isWanted)) {
    if (existsSync(join(run.folder, 'model'))) console.log(`${run.folder}: is there`);
    else if (run.setting.networkOf === undefined) await trainRun(run, study);
    else await whitenRun(run, run.setting.networkOf);
  }
}

function isWanted({ setting, seed }: Run): boolean {
  const { only, seeds } = flags;
  const isAmong = (list: string | undefined, item: string) => list?.split(',').includes(item) ?? true;
  return isAmong(only, setting.name) && isAmong(seeds, String(seed));
}

async function trainRun(run: Run, study: Study): Promise<void> {
  const { data, setting, seed, folder } = run;
  const { backbone, weights, origin } = await backboneOf(setting, study);
  // The studies of one backbone fix input and grid themselves.
  const own = setting.backbone === undefined ? {} : inputFor(backbone, setting.detector.input);
  const { detector, steps, seconds } = await trainDetector({
    dataset: { ...data.dataset, samples: samplesOf(run) },
    detector: { ...setting.detector, ...own, classes: classesOf(run), backbone, seed },
    weights,
    origin,
    train: { ...setting.train, seed },
    cache: flags.cache,
    out: folder,
    overwrite: true, // what an interrupted study left
  });
  const state = detector.toState();
  detector.dispose();
  const provenance = { ...state.provenance, seconds: Math.round(seconds) };
  await writeDescription(join(folder, 'model'), { ...state, provenance });
  console.log(`${folder}: ${steps} steps in ${seconds.toFixed(0)} s`);
}

/** The network of another setting under another map. */
async function whitenRun(run: Run, networkOf: string): Promise<void> {
  const { setting, seed, folder } = run;
  const { whitening: _, ...state } = await stateOf(join(dirname(folder), `${networkOf}-${seed}`, 'model'));
  const config = { ...state.config, map: setting.detector.map };
  const plain = MintDetector.fromState({ ...state, config });
  const cache = featureCacheOf(flags.cache, plain);
  const good = samplesOf(run).filter(({ split, label }) => split === 'train' && label === 'normal');
  const { fit } = splitHoldout(good, setting.train.holdout, seed);
  const detector = await whiten(plain, cache, await cacheFeatures(plain, cache, fit));
  await detector.save(join(folder, 'model'));
  for (const each of [plain, detector]) each.dispose();
  console.log(`${folder}: network of ${networkOf}`);
}

const classesOf = ({ data, setting }: Run): readonly string[] =>
  setting.classless ? ['all'] : data.dataset.classes;

/** A detector without classes learns all images as of the first one. */
const samplesOf = ({ data, setting }: Run): readonly Sample[] =>
  setting.classless
    ? data.dataset.samples.map((sample) => ({ ...sample, classIndex: 0 }))
    : data.dataset.samples;

async function stateOf(model: string) {
  const detector = await MintDetector.load(model);
  detector.dispose();
  return detector.toState();
}
