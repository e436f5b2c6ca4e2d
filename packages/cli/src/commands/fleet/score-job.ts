import { hostname } from 'node:os';
import { MintDetector } from '@mint/detector';
import { type FleetJob, type Guard, type Handler, imageKey } from '@mint/fleet';
import { MintError } from '@mint/internal';
import * as z from 'zod';
import { type ModelId, modelIdOf } from '../../scoring/model-id.js';
import { takeAll } from '../../scoring/queue.js';
import type { ImageFile } from '../../scoring/read-images.js';
import { openRecorder, type Recordable, type Recorder } from '../../scoring/recorder.js';
import { Predictor, type Reading } from '../predict/predictor.js';
import { jsonLines, type Row } from '../predict/rows.js';
import { modelFolder } from './model.js';
import { referenceReader } from './references.js';

/** What a batch of images to be scored says beside its images. */
const scoreSettings = z.object({
  model: z.string(),
  /** SHA-256 of the model's description. */
  modelHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Folder that relative paths of images begin at. */
  base: z.string(),
  batchSize: z.int().min(1),
  class: z.string().optional(),
  mmPerPixel: z.number().positive().optional(),
  history: z.string().optional(),
  station: z.string().optional(),
});

export type ScoreSettings = z.output<typeof scoreSettings>;

interface Loaded {
  readonly hash: string;
  readonly detector: MintDetector;
  readonly id: ModelId;
}

/** Scores images as `mint predict` does: the same images go through the network together, so that all bits are the same. */
export function scorer(say: (text: string) => void): {
  readonly handler: Handler;
  readonly close: () => Promise<void>;
} {
  const open = referenceReader();
  const recorders = new Map<string, Promise<Recorder | undefined>>();
  let loaded: Loaded | undefined;
  const load = async ({ model, modelHash: hash }: ScoreSettings): Promise<Loaded> => {
    if (loaded?.hash === hash) return loaded;
    loaded?.detector.dispose();
    loaded = undefined;
    const folder = await modelFolder(model, hash);
    loaded = { hash, detector: await MintDetector.load(folder), id: await modelIdOf(folder) };
    say(`model ${loaded.id.version} from ${model}`);
    return loaded;
  };
  const recorderFor = ({ history, station = hostname() }: ScoreSettings) => {
    const key = JSON.stringify([history, station]);
    const recorder = recorders.get(key) ?? openRecorder({ history, station, historyFailure: 'stop' }, say);
    recorders.set(key, recorder);
    // One that could not be opened is opened again for the next job.
    recorder.catch(() => recorders.delete(key));
    return recorder;
  };
  return {
    handler: async (job) => {
      const settings = scoreSettings.parse(job.batch.settings);
      const model = await load(settings);
      const recorder = await recorderFor(settings);
      const files = job.items.map((name) => open(name, settings.base));
      const { rows, records } = await score(
        job,
        files,
        settings,
        model.detector,
        recorder !== undefined,
        say,
      );
      if (recorder !== undefined)
        await Promise.all(
          records.map((item, i) =>
            recorder.record({ ...item, model: model.id, key: keyOf(job.batch.id, job.items[i] ?? '', item) }),
          ),
        );
      return rows.map(jsonLines.line);
    },
    close: async () => {
      loaded?.detector.dispose();
      for (const recorder of recorders.values()) await (await recorder)?.close();
    },
  };
}

/** An image that could be read later is recorded then, too. */
const keyOf = (batch: string, item: string, { decision }: Pick<Recordable, 'decision'>): string =>
  imageKey(batch, item) + (decision.decision === 'unreadable' ? '-unreadable' : '');

type Record_ = Omit<Recordable, 'model'>;

async function score(
  { isLastAttempt, guard }: FleetJob,
  files: readonly ImageFile[],
  { batchSize, class: name, mmPerPixel }: ScoreSettings,
  detector: MintDetector,
  isRecorded: boolean,
  say: (text: string) => void,
): Promise<{ readonly rows: readonly Row[]; readonly records: readonly Record_[] }> {
  const records: Record_[] = [];
  const recorder = { record: async (item: Record_) => records.push(item) };
  const predictor = new Predictor(
    detector,
    { batchSize, class: name, mmPerPixel, recorder: isRecorded ? recorder : undefined },
    { say },
  );
  const away = isLastAttempt ? undefined : new AwayWatch();
  const watched = away === undefined ? files : files.map(away.watch);
  const rows: Row[] = [];
  let at = 0;
  const take = async () => {
    const batch = watched.slice(at, at + batchSize);
    const first = at;
    at += batchSize;
    if (batch.length === 0) return undefined;
    return guard === undefined ? predictor.read(batch) : readGuarded(predictor, batch, first, guard);
  };
  for await (const reading of takeAll(take, batchSize > 1)) {
    away?.check();
    rows.push(...(await predictor.rows(reading)));
  }
  return { rows, records };
}

/** One image after the other: the one that kills the worker is known by that. */
async function readGuarded(
  predictor: Predictor,
  files: readonly ImageFile[],
  first: number,
  guard: Guard,
): Promise<Reading> {
  const images: Reading['images'][number][] = [];
  const began = performance.now();
  for (const [i, file] of files.entries()) {
    const reading = await guard(first + i, () => predictor.read([file]));
    if (typeof reading !== 'number') images.push(...reading.images);
    else {
      const message = `${file.name}: is not read, because ${reading} workers died while they read it.`;
      images.push(new MintError('UNREADABLE_IMAGE', message));
    }
  }
  return { files, images, began };
}

/** Notes that a store of images was away: the job is tried again later, and the images do not count as unreadable. */
class AwayWatch {
  #error: MintError | undefined;

  readonly watch = (file: ImageFile): ImageFile => ({
    ...file,
    read: async () => {
      try {
        return await file.read();
      } catch (error) {
        if (MintError.isInstance(error) && error.code === 'UNAVAILABLE') this.#error = error;
        throw error;
      }
    },
  });

  /** @throws MintError of the store. */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}
