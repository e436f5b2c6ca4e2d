import { basename, join, relative, resolve } from 'node:path';
import { MintDetector } from '@mint/detector';
import { writeFileAtomic } from '@mint/internal/node';
import { useDevice } from '../../devices/device.js';
import { safeName } from '../../output/overlays.js';
import { takeAll } from '../../scoring/queue.js';
import type { CommandContext } from '../../shell/context.js';
import { interruption } from '../../shell/interruption.js';
import { type Format, NOT_OK, type PredictFlags } from './flags.js';
import { expandImages, isWithin } from './inputs.js';
import { Predictor } from './predictor.js';
import { csv, jsonLines, type Row, type RowWriter, table } from './rows.js';
import { appendRows, watchImages } from './watch.js';

/**
 * `mint predict <images…> --model <folder>`: prints one row per image, in the order of the input. With `--out` it also writes
 * overlays and a file of results.
 *
 * @returns The exit code: 1 when an image could not be read; under `--exit-code` 3 when a decision is not `ok`.
 */
export async function runPredict(
  args: readonly string[],
  flags: PredictFlags,
  context: CommandContext,
): Promise<number> {
  // Before the model is loaded, so that a mistake in the arguments is reported at once.
  const paths = flags.watch ? [] : await expandImages(args, flags.out);
  await useDevice(flags, context.progress);
  const detector = await MintDetector.load(flags.model);
  try {
    return await (flags.watch
      ? watchFolders(args, flags, detector, context)
      : scoreAll(paths, flags, detector, context));
  } finally {
    detector.dispose();
  }
}

async function scoreAll(
  paths: readonly string[],
  flags: PredictFlags,
  detector: MintDetector,
  { progress, print }: CommandContext,
): Promise<number> {
  const { out, batchSize } = flags;
  const numbers = new Map(paths.map((path, i) => [path, String(i).padStart(4, '0')]));
  const predictor = new Predictor(
    detector,
    {
      ...flags,
      overlayPath:
        out === undefined
          ? undefined
          : (path) => join(out, `${numbers.get(path)}_${safeName(basename(path))}.png`),
    },
    progress,
  );
  const write = flags.json ? () => {} : printer(writerOf(flags.format, paths, detector));
  const rows: Row[] = [];
  let at = 0;
  const take = async () => {
    const batch = paths.slice(at, at + batchSize);
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
  if (out !== undefined) {
    const { path, header, line } = resultsFile(out, flags);
    await writeFileAtomic(path, [header ?? [], rows.map(line), ''].flat().join('\n'));
  }
  if (rows.some(({ decision }) => decision === 'unreadable')) return 1;
  return flags.exitCode && rows.some(({ decision }) => decision !== 'ok') ? NOT_OK : 0;
}

/** Runs until Ctrl-C or SIGTERM, the normal end of a watcher, so it returns 0. */
async function watchFolders(
  folders: readonly string[],
  flags: PredictFlags,
  detector: MintDetector,
  { progress }: CommandContext,
): Promise<number> {
  const { out, batchSize } = flags;
  // Overlays repeat the tree of the folders: the overlay of a replaced image replaces the old one.
  const overlayPath = (path: string) => {
    const root = folders.find((folder) => isWithin(folder, path)) ?? '.';
    return join(out ?? '', `${relative(resolve(root), resolve(path))}.png`);
  };
  const predictor = new Predictor(
    detector,
    { ...flags, overlayPath: out === undefined ? undefined : overlayPath },
    progress,
  );
  const write = printer(writerOf(flags.json ? 'json' : flags.format, folders, detector));
  const { signal, release } = interruption(progress, 'finishing the images at hand');
  try {
    const queue = await watchImages(folders, { signal, out });
    progress.say(`watching ${folders.join(', ')}; stop with Ctrl-C`);
    const take = async () => {
      const batch = await queue.take(batchSize);
      return batch && predictor.read(batch);
    };
    for await (const reading of takeAll(take, batchSize > 1)) {
      const rows = await predictor.rows(reading);
      write(rows);
      if (out !== undefined) {
        const { path, ...writer } = resultsFile(out, flags);
        await appendRows(path, writer, rows);
      }
      if (signal.aborted) break;
    }
    if (queue.size() > 0) progress.say(`${queue.size()} images were still waiting`);
    progress.say(predictor.latency.summary(batchSize));
    return 0;
  } finally {
    release();
  }
}

const writerOf = (format: Format, images: readonly string[], detector: MintDetector): RowWriter =>
  format === 'json' ? jsonLines : format === 'csv' ? csv : table(images, detector.config.classes);

/** The format of the results file: a table is for people, so its file is CSV. */
const resultsFile = (out: string, { format, json }: PredictFlags): RowWriter & { readonly path: string } =>
  json || format === 'json'
    ? { ...jsonLines, path: join(out, 'results.jsonl') }
    : { ...csv, path: join(out, 'results.csv') };

/** Prints the header at once, and rows as they come. */
function printer({ header, line }: RowWriter): (rows: readonly Row[]) => void {
  const print = (text: string) => process.stdout.write(`${text}\n`);
  if (header !== undefined) print(header);
  return (rows) => rows.map(line).forEach(print);
}
