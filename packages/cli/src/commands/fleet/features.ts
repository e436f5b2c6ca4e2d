import { basename, resolve } from 'node:path';
import { batchId, isS3 } from '@mint/fleet';
import { featureCacheOf } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import { sayLayout } from '../../output/dataset-notes.js';
import type { CommandContext } from '../../shell/context.js';
import { inputForImages, readSettings } from '../train/read-settings.js';
import { inputOf, type TrainSettings } from '../train/settings.js';
import { type FeaturesSettings, featureCuts, featureWork } from './features-job.js';
import type { FeaturesFlags } from './flags.js';
import { placeOf, submitBatch } from './submit-batch.js';

/** Images that go through a backbone together in `mint train`. */
const TOGETHER = 8;

/**
 * `mint fleet features <data>`: workers compute the features that `mint train` with the same flags will ask its cache for. Returns the
 * exit code.
 */
export async function runFeatures(
  folder: string,
  flags: FeaturesFlags,
  isGiven: (flag: string) => boolean,
  context: CommandContext,
): Promise<number> {
  const { progress } = context;
  const settings = await readSettings(flags, isGiven);
  const train = onlyForFeatures(settings);
  const device = await useDevice(flags, progress);
  inputOf(settings); // what it refuses is refused before a backbone is fetched
  const data = resolve(folder);
  const { dataset, stages, blank } = await featureWork(
    {
      data,
      train,
      input: (found, backbone) => inputForImages(settings, found, backbone, progress),
    },
    progress,
  );
  sayLayout(dataset, progress);
  const store = placeOf(flags.out);
  const cache = featureCacheOf(isS3(store) ? '.' : store, blank, { device });
  const described: FeaturesSettings = {
    data,
    store,
    train,
    input: blank.config.input,
    setting: basename(cache.folder),
  };
  blank.dispose();
  const cuts = [...featureCuts(stages, Math.ceil(flags.jobSize / TOGETHER) * TOGETHER)];
  const batch = { kind: 'features', out: store, settings: { ...described } };
  const name = batchId(
    batch,
    cuts.flatMap(({ items }) => items),
  );
  // A store has the features of many data sets.
  return submitBatch({ ...batch, out: `${store}/batches/${name}`, cuts }, flags, context);
}

/** Settings of the submission, which features do not depend on: a batch is the same with others. */
const OTHERS = [
  'redis',
  'wait',
  'ahead',
  'jobSize',
  'priority',
  'out',
  'config',
  'cache',
  'threads',
  'device',
];

function onlyForFeatures(settings: TrainSettings): TrainSettings {
  const { weights } = settings;
  const kept = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, OTHERS.includes(name) ? undefined : value]),
  );
  return {
    ...settings,
    ...kept,
    ...(weights === undefined ? {} : { weights: weights.map((path) => resolve(path)) }),
  };
}
