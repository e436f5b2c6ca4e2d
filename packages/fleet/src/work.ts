import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { MintError, oneLine } from '@mint/internal';
import type { Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Batch, majorOf } from './batch.js';
import { type Guard, guardOf } from './guard.js';
import { itemsOf, type JobData, jobSchema } from './jobs.js';
import { BATCH_FILE, isUnreadable, merge, readPart, writePart } from './parts.js';
import { isLastAttempt, loadBullmq, PREFIX, queueName } from './redis/queue.js';
import { reserve } from './redis/rate-limit.js';
import type { State } from './redis/state.js';
import type { Store } from './store/store.js';

/** A job, as its handler gets it. */
export interface FleetJob {
  /** The batch that it is part of. */
  readonly batch: Batch;
  /** What it is about: references to images. */
  readonly items: readonly string[];
  /** Whether a failure now is final. Before, a handler throws when an image's store is away, so that the job is tried again. */
  readonly isLastAttempt: boolean;
  /** Present where workers died at this job: the handler then reads one image after the other, each through this. */
  readonly guard?: Guard | undefined;
}

/**
 * Does a job: gives the lines of its result, JSON each. A line whose `decision` is `unreadable` says which image could not be read
 * and why. The same job gives the same lines, on every worker.
 */
export type Handler = (job: FleetJob) => Promise<readonly string[]>;

/** Options of {@link Fleet.work}. */
export interface WorkOptions {
  /** What is done with the jobs of a batch, by the batch's `kind`. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Seconds after which a worker that gives no sign of life counts as dead; another one does its job. @defaultValue 30 */
  readonly lostAfter?: number | undefined;
  /** Hears what happens. */
  readonly say?: ((text: string) => void) | undefined;
  /** Called after each job with the number of images that this worker has done. */
  readonly onProgress?: ((images: number) => void) | undefined;
}

/** A worker that takes jobs until it is stopped. */
export interface FleetWorker {
  /** Resolves when the job at hand is done; takes no further one. */
  readonly stop: () => Promise<void>;
}

interface Surroundings {
  readonly redis: Redis;
  readonly state: State;
  readonly version: string;
  readonly open: (out: string) => Promise<Store>;
}

/** A job at which workers died so often is given up. Images that kill workers are found before. */
const MOST_DEATHS = 50;
/** How long a worker that is stopped waits for Redis, in milliseconds. */
const PATIENCE = 5_000;

/** Takes jobs and does them, one at a time. */
export async function work(
  { handlers, lostAfter = 30, say = () => {}, onProgress }: WorkOptions,
  around: Surroundings,
): Promise<FleetWorker> {
  const bullmq = await loadBullmq();
  let images = 0;
  let atHand: Promise<void> = Promise.resolve();
  const take = (job: Job<JobData>, token: string | undefined) => {
    const taken = doNow(job, token);
    atHand = taken.catch(() => undefined);
    return taken;
  };
  const doNow = async (job: Job<JobData>, token: string | undefined) => {
    const data = jobSchema.parse(job.data);
    const batch = await around.state.batch(data.batch);
    if (batch === undefined)
      throw new bullmq.UnrecoverableError(`Redis has no batch ${data.batch} any more.`);
    const pause = batch.rate === undefined ? 0 : await reserve(around.redis, data.sources ?? {}, batch.rate);
    if (pause > 0) {
      await job.moveToDelayed(Date.now() + pause, token);
      throw new bullmq.DelayedError();
    }
    images += await doJob(job, data, batch, handlers, around);
    onProgress?.(images);
  };
  const worker: Worker<JobData> = new bullmq.Worker<JobData>(queueName(majorOf(around.version)), take, {
    connection: around.redis,
    prefix: PREFIX,
    name: `${hostname()}:${process.pid}`,
    lockDuration: 1000 * lostAfter,
    stalledInterval: 1000 * lostAfter,
    maxStalledCount: MOST_DEATHS,
  });
  // Those of the connection are reported by the connection.
  worker.on('error', () => {});
  worker.on('failed', (job, error) => {
    if (job !== undefined)
      say(`job ${job.id}: ${oneLine(error)}${job.finishedOn ? '' : ' It is tried again.'}`);
  });
  worker.on('stalled', (id) => say(`job ${id}: its worker gave no sign of life; another one does it`));
  await worker.waitUntilReady();
  return {
    stop: async () => {
      const closed = worker.close();
      await atHand;
      // Without a connection BullMQ waits for one; the job at hand then goes to another worker, which finds its result.
      await Promise.race([closed, wait(PATIENCE, undefined, { ref: false })]);
    },
  };
}

/** @returns How many images were done; 0 when the result was there. */
async function doJob(
  job: Job<JobData>,
  data: JobData,
  batch: Batch,
  handlers: WorkOptions['handlers'],
  { redis, state, open }: Surroundings,
): Promise<number> {
  const { n, images, start, rest } = data;
  const store = batch.out === undefined ? undefined : await open(batch.out);
  let [lines, done] = [store && !data.again ? await readPart(store, n) : undefined, 0];
  if (lines === undefined) {
    lines = [...(await handlerOf(batch, handlers)(jobFor(job, data, batch, redis)))];
    if (store !== undefined) await writePart(store, n, lines);
    done = images;
  }
  const unreadable = lines.filter(isUnreadable).length;
  const noted = unreadable === 0 ? undefined : { n, images, unreadable, start, rest, round: data.round ?? 0 };
  if ((await state.done(batch.id, n, images, noted)) < batch.jobs) return done;
  // A worker that dies here leaves the job undone: the next one comes here again.
  if (store !== undefined) {
    await merge(store, batch.jobs);
    await store.write(BATCH_FILE, `${JSON.stringify({ ...batch, finished: Date.now() }, null, 2)}\n`);
  }
  await state.finished(batch.id);
  return done;
}

function handlerOf({ kind, id }: Batch, handlers: WorkOptions['handlers']): Handler {
  const handler = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined;
  if (handler !== undefined) return handler;
  throw new MintError(
    'UNSUPPORTED_VERSION',
    `batch ${id}: this worker does ${Object.keys(handlers).join(' and ')}, not '${kind}'.`,
  );
}

const jobFor = (job: Job<JobData>, data: JobData, batch: Batch, redis: Redis): FleetJob => ({
  batch,
  items: itemsOf(data),
  isLastAttempt: isLastAttempt(job),
  guard: job.stalledCounter === 0 ? undefined : guardOf(redis, data),
});
