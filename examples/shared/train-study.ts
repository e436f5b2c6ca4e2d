import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readEfficientNetWeights } from '@mint/backbone';
import { splitHoldout } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { cacheFeatures, featureCacheOf, train, whiten } from '@mint/trainer';
import { flags, startDevice } from './flags.js';
import { type Run, runsOf, type Study, type StudyData } from './study.js';

/** Trains every detector of a study that is not there yet. */
export async function trainStudy(study: Study, data: readonly StudyData[]): Promise<void> {
  await startDevice();
  for (const run of runsOf(study, data)) {
    if (existsSync(join(run.folder, 'model'))) console.log(`${run.folder}: is there`);
    else await trainRun(study, run);
  }
}

async function trainRun({ backbone: wanted }: Study, { data, setting, seed, folder }: Run): Promise<void> {
  const { dataset } = data;
  // 1. The frozen backbone.
  const { weights } = flags;
  const backbone = weights === undefined ? ({ kind: 'scattering' } as const) : wanted;
  const frozen =
    weights === undefined || wanted.kind !== 'efficientnet'
      ? {}
      : readEfficientNetWeights(await readFile(weights), wanted, weights);
  const classes = setting.classless ? ['all'] : dataset.classes;
  const config = { ...setting.detector, classes, backbone, seed };
  const blank = MintDetector.create(config, { backbone: frozen });

  // 2. Good training images but for those held out, as for every detector; their features are computed once.
  const good = dataset.samples.filter(({ split, label }) => split === 'train' && label === 'normal');
  const { fit } = splitHoldout(good, setting.train.holdout, seed);
  const cache = featureCacheOf(flags.cache, blank);
  const cached = await cacheFeatures(blank, cache, fit);
  const samples = setting.classless
    ? cached.map((one) => ({ ...one, sample: { ...one.sample, classIndex: 0 } }))
    : cached;

  // 3. Training, or the network of another setting under another map.
  if (setting.networkOf !== undefined) {
    const { whitening: _, ...state } = await stateOf(
      join(dirname(folder), `${setting.networkOf}-${seed}`, 'model'),
    );
    const plain = MintDetector.fromState({ ...state, config });
    const detector = await whiten(plain, cache, samples);
    await detector.save(join(folder, 'model'));
    for (const each of [blank, plain, detector]) each.dispose();
    console.log(`${folder}: network of ${setting.networkOf}`);
    return;
  }
  const began = performance.now();
  const { detector, steps } = await train(blank, {
    cache,
    samples,
    config: { ...setting.train, seed },
    runFolder: folder,
  });
  const seconds = (performance.now() - began) / 1000;
  const trained = MintDetector.fromState({
    ...detector.toState(),
    provenance: {
      dataset: dataset.name,
      images: samples.length,
      steps,
      seed,
      seconds: Math.round(seconds),
    },
  });
  await trained.save(join(folder, 'model'));
  for (const each of [blank, detector, trained]) each.dispose();
  console.log(`${folder}: ${steps} steps in ${seconds.toFixed(0)} s`);
}

async function stateOf(model: string) {
  const detector = await MintDetector.load(model);
  detector.dispose();
  return detector.toState();
}
