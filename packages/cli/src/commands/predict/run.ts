import { basename, dirname, join, relative, resolve } from 'node:path';
import { MintDetector } from '@mint/detector';
import { writeFileAtomic } from '@mint/internal/node';
import { useDevice } from '../../devices/device.js';
import { type ModelPublisher, type Publisher, publisherOf } from '../../messages/publisher.js';
import { distinctPaths, safeName, shortName } from '../../output/file-names.js';
import { RegionFiles } from '../../output/region-files.js';
import { modelIdOf } from '../../scoring/model-id.js';
import { takeAll } from '../../scoring/queue.js';
import { type ImageFile, imageAt } from '../../scoring/read-images.js';
import { type ModelRecorder, openRecorder, recorderOf } from '../../scoring/recorder.js';
import type { CommandContext } from '../../shell/context.js';
import { readInterest } from '../../shell/interest-files.js';
import { interruption } from '../../shell/interruption.js';
import { NOT_OK, type PredictFlags, TO_REVIEW } from './flags.js';
import { titleOf } from './inline.js';
import { expandImages, isWithin } from './inputs.js';
import { Predictor } from './predictor.js';
import type { Row } from './rows.js';
import { appendRows, removeTornRow, watchImages } from './watch.js';
import { assertOurs, printer, resultsFile, writerOf } from './writers.js';

/**
 * `mint predict <images…> --model <folder>`: prints one row per image, in the order of the input. With `--out` it also writes
 * overlays and a file of results.
 *
 * @param flags - With `publisher`, each decision is sent to others too.
 * @returns The exit code: 1 when an image could not be read; under `--exit-code` 3 when a decision is not `ok`.
 */
export async function runPredict(
  args: readonly string[],
  flags: PredictFlags & { readonly publisher?: Publisher | undefined },
  context: CommandContext,
): Promise<number> {
  // Before the model is loaded, so that a mistake in the arguments is reported at once.
  const images = flags.watch ? [] : await expandImages(args, context.progress.say);
  if (flags.out !== undefined) await assertOurs(resultsFile(flags.out, flags));
  await useDevice(flags, context.progress);
  const model = await modelIdOf(flags.model);
  const recorder = await openRecorder(flags, context.progress.say);
  try {
    const detector = await MintDetector.load(flags.model);
    try {
      const options = {
        ...flags,
        recorder: recorder && recorderOf(recorder, model),
        publisher: flags.publisher && publisherOf(flags.publisher, model),
      };
      return await (flags.watch
        ? watchFolders(args, options, detector, context)
        : scoreAll(images, options, detector, context));
    } finally {
      detector.dispose();
    }
  } finally {
    await recorder?.close();
  }
}

/** The flags, and the record that they name. */
type Settings = PredictFlags & {
  readonly recorder: ModelRecorder | undefined;
  readonly publisher: ModelPublisher | undefined;
};

async function scoreAll(
  images: readonly ImageFile[],
  flags: Settings,
  detector: MintDetector,
  { progress, print }: CommandContext,
): Promise<number> {
  const { out, batchSize } = flags;
  const names = images.map(({ name }) => name);
  const numbers = new Map(names.map((name, i) => [name, String(i).padStart(4, '0')]));
  const fileOf = (name: string) => `${numbers.get(name)}_${safeName(titleOf(name))}`;
  const files = new RegionFiles(flags);
  const interests = await interestsOf(flags, detector);
  const predictor = new Predictor(
    detector,
    {
      ...flags,
      interests,
      overlayPath: out === undefined ? undefined : (name) => join(out, `${fileOf(name)}.png`),
      onRegions: (name, ...about) => files.add(name, fileOf(name), ...about),
    },
    progress,
  );
  const write = flags.json ? () => {} : printer(writerOf(flags, names, detector));
  const rows: Row[] = [];
  let at = 0;
  const take = async () => {
    const batch = images.slice(at, at + batchSize);
    at += batchSize;
    return batch.length === 0 ? undefined : predictor.read(batch);
  };
  for await (const reading of takeAll(take, batchSize > 1)) {
    const more = await predictor.rows(reading);
    rows.push(...more);
    write(more);
  }
  if (flags.json) print('', { pictures: rows });
  progress.say(predictor.latency.summary(batchSize));
  await files.end(progress.say);
  interests?.say(progress.say);
  sayHidden(predictor, progress);
  if (out !== undefined) {
    const { path, header, line } = resultsFile(out, flags);
    await writeFileAtomic(path, [header ?? [], rows.map(line), ''].flat().join('\n'));
  }
  if (rows.some(({ decision }) => decision === 'unreadable')) return 1;
  return flags.exitCode ? exitCodeOf(rows) : 0;
}

const interestsOf = async ({ roi }: PredictFlags, { config }: MintDetector) =>
  roi === undefined ? undefined : (await readInterest(roi, config)).own;

function exitCodeOf(rows: readonly Row[]): number {
  if (rows.some(({ decision }) => decision !== 'ok' && decision !== 'review')) return NOT_OK;
  return rows.some(({ decision }) => decision === 'review') ? TO_REVIEW : 0;
}

function sayHidden({ hidden }: Predictor, progress: CommandContext['progress']): void {
  if (hidden > 0)
    progress.say(
      `size rules hid ${hidden} regions above the limit; they are listed as smallRegions in JSON output`,
    );
}

/** Runs until Ctrl-C or SIGTERM, the normal end of a watcher, so it returns 0. */
async function watchFolders(
  folders: readonly string[],
  flags: Settings,
  detector: MintDetector,
  { progress }: CommandContext,
): Promise<number> {
  const { out, batchSize } = flags;
  // Overlays repeat the tree of the folders: the overlay of a replaced image replaces the old one.
  const distinct = distinctPaths();
  const places = folders.map((folder) => ({
    folder,
    place: folders.length === 1 ? '' : distinct(safeName(basename(resolve(folder)))),
  }));
  const fileOf = (path: string) => {
    const { folder, place } = places.find((one) => isWithin(one.folder, path)) ?? { folder: '.', place: '' };
    const below = relative(resolve(folder), resolve(path));
    return join(place, dirname(below), shortName(basename(below)));
  };
  const files = new RegionFiles(flags);
  const interests = await interestsOf(flags, detector);
  const predictor = new Predictor(
    detector,
    {
      ...flags,
      interests,
      overlayPath: out === undefined ? undefined : (path) => join(out, `${fileOf(path)}.png`),
      onRegions: (path, ...about) => files.add(path, fileOf(path), ...about),
    },
    progress,
  );
  const write = printer(writerOf(flags, folders, detector));
  const { signal, release } = interruption(progress, 'finishing the images at hand');
  try {
    const results = out === undefined ? undefined : resultsFile(out, flags);
    if (results !== undefined) await removeTornRow(results.path, results);
    const queue = await watchImages(folders, signal);
    progress.say(`watching ${folders.join(', ')}; stop with Ctrl-C`);
    const take = async () => {
      const batch = await queue.take(batchSize);
      return batch && predictor.read(batch.map(imageAt));
    };
    for await (const reading of takeAll(take, batchSize > 1)) {
      const rows = await predictor.rows(reading);
      write(rows);
      if (results !== undefined) await appendRows(results.path, results, rows);
      if (signal.aborted) break;
    }
    if (queue.size() > 0) progress.say(`${queue.size()} images were still waiting`);
    progress.say(predictor.latency.summary(batchSize));
    await files.end(progress.say);
    interests?.say(progress.say);
    sayHidden(predictor, progress);
    return 0;
  } finally {
    release();
  }
}
