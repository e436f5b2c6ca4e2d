import type { Queue } from 'bullmq';
import type { Batch } from './batch.js';
import { batchOfJob, type JobData } from './jobs.js';
import type { Recent, State } from './redis/state.js';

/** A job that was given up. */
export interface FailedJob {
  /** Name of the job: the batch and the number. */
  readonly job: string;
  /** Why it failed the last time. */
  readonly reason: string;
}

/** How far a batch is. */
export interface BatchStatus {
  /** The batch. */
  readonly batch: Batch;
  /** Images whose result is stored. */
  readonly done: number;
  /** Jobs whose result is stored. */
  readonly jobsDone: number;
  /** Images among them that could not be read. */
  readonly unreadable: number;
  /** Jobs that were given up; see {@link Fleet.retry}. */
  readonly failed: number;
  /** The first of them. */
  readonly failures: readonly FailedJob[];
  /** Images a second in the last minute. */
  readonly rate: number;
  /** Until all images are done, at this rate. Absent where nothing moves. */
  readonly secondsLeft?: number | undefined;
  /** Whether all results are in one file. */
  readonly isFinished: boolean;
}

/** How much there is to do, and who does it. */
export interface FleetStatus {
  /** All batches of the last week, the oldest first. */
  readonly batches: readonly BatchStatus[];
  /** Workers that are connected: host and process. */
  readonly workers: readonly string[];
  /** Jobs that no worker has yet, those that wait for their time among them. */
  readonly waiting: number;
  /** Jobs that a worker has. */
  readonly active: number;
}

/** How many failures are listed. */
const LISTED = 20;
/** The rate is that of the last so many milliseconds. */
const WINDOW = 60_000;

/** Images a second in the last minute, or since the first one. */
export function rateOf(recent: readonly Recent[], now: number): number {
  const late = recent.filter(({ time }) => now - time <= WINDOW);
  const oldest = late.reduce((least, { time }) => Math.min(least, time), now);
  // A rate needs two moments: the images of the oldest job were done before it ended.
  const images =
    late.reduce((sum, { images: of }) => sum + of, 0) -
    (late.find(({ time }) => time === oldest)?.images ?? 0);
  return now > oldest ? (1000 * images) / (now - oldest) : 0;
}

/** @param only - The id of a batch. Default: all. */
export async function status(
  queue: Queue<JobData>,
  state: State,
  only?: string | undefined,
): Promise<FleetStatus> {
  const ids = only === undefined ? await state.ids() : [only];
  const failed = await failedNames(queue);
  const batches = await Promise.all(ids.map((id) => batchStatus(id, failed, queue, state)));
  const { active = 0, ...waiting } = await queue.getJobCounts('active', 'wait', 'prioritized', 'delayed');
  const workers = await queue.getWorkers();
  return {
    batches: batches.filter((batch) => batch !== undefined),
    workers: workers.map(({ rawname = '' }) => rawname.replace(/^.*:w:/, '')).sort(),
    waiting: Object.values(waiting).reduce((sum, count) => sum + count, 0),
    active,
  };
}

/** Names of all jobs that were given up. */
export async function failedNames(queue: Queue<JobData>): Promise<string[]> {
  return queue.getRanges(['failed'], 0, -1);
}

async function batchStatus(
  id: string,
  allFailed: readonly string[],
  queue: Queue<JobData>,
  state: State,
): Promise<BatchStatus | undefined> {
  const batch = await state.batch(id);
  if (batch === undefined) return undefined;
  const { imagesDone, jobsDone, isFinished, recent } = await state.counts(id);
  const failed = allFailed.filter((name) => batchOfJob(name) === id);
  const failures = failed.slice(0, LISTED).map(async (job) => {
    const { failedReason = '' } = (await queue.getJob(job)) ?? {};
    return { job, reason: failedReason };
  });
  const rate = isFinished ? 0 : rateOf(recent, Date.now());
  return {
    batch,
    done: imagesDone,
    jobsDone,
    unreadable: (await state.unreadable(id)).reduce((sum, { unreadable }) => sum + unreadable, 0),
    failed: failed.length,
    failures: await Promise.all(failures),
    rate,
    secondsLeft: rate === 0 ? undefined : (batch.images - imagesDone) / rate,
    isFinished,
  };
}
