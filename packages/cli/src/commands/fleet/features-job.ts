import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Dataset, loadDataset, type Sample } from '@mint/data';
import { type DetectorConfig, MintDetector } from '@mint/detector';
import { type Cut, type Handler, isS3, openStore } from '@mint/fleet';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { cacheFeatures, type FeatureStage, featureCacheOf, featureStages } from '@mint/trainer';
import * as z from 'zod';
import type { Progress } from '../../shell/progress.js';
import { chooseBackbone } from '../train/backbone.js';
import { detectorConfigOf, type TrainSettings, trainConfigOf } from '../train/settings.js';

/** What a batch of images whose features are to be computed says. */
const featuresSettings = z.object({
  data: z.string(),
  /** Store of the features: it can be the cache of `mint train`. */
  store: z.string(),
  /** Those of the training that the features are for. */
  train: z.custom<TrainSettings>((value) => typeof value === 'object' && value !== null),
  /** How images are prepared. */
  input: z.custom<DetectorConfig['input']>((value) => typeof value === 'object' && value !== null),
  /** Name of the folder in the store: it stands for everything that the features depend on beside the images. */
  setting: z.string(),
});

export type FeaturesSettings = z.output<typeof featuresSettings>;

/** A data set, and an untrained detector that computes its features. */
export interface FeatureWork {
  readonly dataset: Dataset;
  readonly stages: readonly FeatureStage[];
  readonly blank: MintDetector;
}

/** Reads the list of the images and loads the backbone, as `mint train` does. */
export async function featureWork(
  { data, train, input }: Pick<FeaturesSettings, 'data' | 'train'> & { readonly input: InputOf },
  progress: Progress,
): Promise<FeatureWork> {
  const { classes, goodWords, defectWords, root } = train;
  const dataset = await loadDataset(data, { classes, goodWords, defectWords, root });
  const { backbone, weights } = await chooseBackbone(train, progress);
  const config = detectorConfigOf(train, dataset.classes, backbone, await input(dataset, backbone));
  const blank = MintDetector.create(config, { backbone: weights, half: train.half });
  return { dataset, stages: featureStages(dataset, trainConfigOf(train)), blank };
}

type InputOf = (
  dataset: Dataset,
  backbone: DetectorConfig['backbone'],
) => DetectorConfig['input'] | Promise<DetectorConfig['input']>;

/** The jobs of a work: a part of one stage each. */
export function* featureCuts(stages: readonly FeatureStage[], size: number): Generator<Cut> {
  for (const { name, samples } of stages)
    for (let from = 0; from < samples.length; from += size) {
      const to = Math.min(from + size, samples.length);
      yield { items: [`${name} ${from} ${to}`], images: to - from };
    }
}

/** Computes features as `mint train` does: the same images go through the backbone together, so that all bits are the same. */
export function featureComputer(device: string, progress: Progress): Handler {
  let current: { readonly id: string; readonly work: FeatureWork } | undefined;
  const workFor = async (id: string, settings: FeaturesSettings): Promise<FeatureWork> => {
    if (current?.id === id) return current.work;
    current?.work.blank.dispose();
    current = undefined;
    const work = await featureWork({ ...settings, input: () => settings.input }, progress);
    current = { id, work };
    return work;
  };
  return async (job) => {
    const settings = featuresSettings.parse(job.batch.settings);
    const work = await workFor(job.batch.id, settings);
    const parts = job.items.map((item) => partOf(item, work.stages));
    return isS3(settings.store)
      ? computeForBucket(work, parts, settings, device)
      : compute(work, parts, settings.store, settings, device);
  };
}

interface Part {
  readonly samples: readonly Sample[];
  readonly stage: FeatureStage;
}

function partOf(item: string, stages: readonly FeatureStage[]): Part {
  const [name, from, to] = item.split(' ');
  const stage = stages.find((one) => one.name === name);
  const samples = stage?.samples.slice(Number(from), Number(to)) ?? [];
  if (stage !== undefined && samples.length === Number(to) - Number(from)) return { samples, stage };
  throw new MintError(
    'NOT_FOUND',
    `'${item}': the data set has fewer images than when the batch was submitted. Submit it again.`,
  );
}

/** @returns The lines of the job's result: images that cannot be read, and a line with the number of the others. */
async function compute(
  { blank }: FeatureWork,
  parts: readonly Part[],
  folder: string,
  { setting }: FeaturesSettings,
  device: string,
): Promise<string[]> {
  const cache = featureCacheOf(folder, blank, { device });
  if (basename(cache.folder) !== setting)
    throw new MintError(
      'UNSUPPORTED_VERSION',
      `this worker computes other features on device ${device} than the batch was submitted for: its device, the weights of the backbone or the version differ.`,
    );
  const lines: string[] = [];
  let images = 0;
  for (const { samples, stage } of parts) {
    const onError = (error: MintError, { id, imagePath = id }: Sample) =>
      lines.push(JSON.stringify({ picture: imagePath, decision: 'unreadable', error: error.message }));
    await cacheFeatures(blank, cache, samples, { ...stage.variants, onError });
    images += samples.length;
  }
  return [...lines, JSON.stringify({ images: images - lines.length, setting })];
}

/** Files are named by their content: a job that is done twice leaves the same files. */
async function computeForBucket(
  work: FeatureWork,
  parts: readonly Part[],
  settings: FeaturesSettings,
  device: string,
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mint-features-'));
  try {
    const lines = await compute(work, parts, folder, settings, device);
    const store = await openStore(settings.store);
    const files = await readdir(join(folder, settings.setting)).catch(() => []);
    for (const file of files)
      await store.write(
        `${settings.setting}/${file}`,
        await readFileOf('features', join(folder, settings.setting, file)),
      );
    return lines;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
