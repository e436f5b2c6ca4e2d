import { setTimeout as wait } from 'node:timers/promises';
import { MintError } from '@mint/internal';
import type { Queue } from 'bullmq';
import type { Batch } from './batch.js';
import { type Cut, type JobData, jobName, packed } from './jobs.js';
import { BATCH_FILE } from './parts.js';
import { optionsOf, waitingBefore } from './redis/queue.js';
import { parseBatch, type State } from './redis/state.js';
import type { Store } from './store/store.js';

/** Jobs that are added at once. */
const AT_ONCE = 100;
/** Milliseconds between looks at a full queue. */
const PAUSE = 500;

/** Options of {@link Fleet.submit}. */
export interface SubmitOptions {
  /** Most jobs that wait for workers: a submitter that is ahead of them waits too. @defaultValue 1000 */
  readonly ahead?: number | undefined;
  /** Milliseconds after which a job that failed is tried again; doubles each time, four times. @defaultValue 1000 */
  readonly retryAfter?: number | undefined;
  /** Called with the number of jobs that were looked at so far. */
  readonly onProgress?: ((jobs: number) => void) | undefined;
  /** Ends the submission; the jobs that are in the queue stay there. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link Fleet.submit} did. */
export interface Submitted {
  /** Id of the batch. */
  readonly id: string;
  /** Jobs that were added: 0 where all were there or done. */
  readonly added: number;
  /** Whether all results were there before. */
  readonly isFinished: boolean;
}

/**
 * Adds the jobs of a batch that are neither done nor in the queue.
 *
 * @throws MintError `INVALID_ARGUMENT` when the store has the results of another batch.
 */
export async function submit(
  batch: Batch,
  cuts: Iterable<Cut>,
  {
    queue,
    state,
    store,
  }: { readonly queue: Queue<JobData>; readonly state: State; readonly store: Store | undefined },
  { ahead = 1_000, retryAfter, onProgress, signal }: SubmitOptions = {},
): Promise<Submitted> {
  const { id, priority } = batch;
  const isStored = store !== undefined && (await isFinished(batch, store));
  if (isStored && (await state.batch(id)) === undefined) return { id, added: 0, isFinished: true };
  await state.add(batch);
  const isDone = await state.doneJobs(id);
  let [added, n] = [0, 0];
  let waiting: JobData[] = [];
  const flush = async () => {
    while ((await waitingBefore(queue, priority)) >= ahead && !signal?.aborted)
      await wait(PAUSE, undefined, { signal }).catch(() => undefined);
    if (signal?.aborted) return;
    const jobs = await absent(queue, waiting);
    await queue.addBulk(
      jobs.map((data) => ({
        name: batch.kind,
        data,
        opts: optionsOf(jobName(id, data.n), priority, retryAfter),
      })),
    );
    added += jobs.length;
    waiting = [];
    onProgress?.(n);
  };
  for (const part of cuts) {
    if (!isDone(n)) waiting.push(packed(id, n, part));
    n++;
    if (waiting.length >= Math.min(AT_ONCE, ahead)) await flush();
    if (signal?.aborted) break;
  }
  if (waiting.length > 0) await flush();
  return { id, added, isFinished: (await state.counts(id)).isFinished };
}

/** The jobs that are not in the queue, waiting, at work, or failed. */
async function absent(queue: Queue<JobData>, jobs: readonly JobData[]): Promise<JobData[]> {
  const there = await Promise.all(jobs.map(({ batch, n }) => queue.getJob(jobName(batch, n))));
  return jobs.filter((_, i) => there[i] === undefined);
}

/** Whether the store has all results of the batch. Claims the store for the batch where it is new. */
async function isFinished(batch: Batch, store: Store): Promise<boolean> {
  const bytes = await store.read(BATCH_FILE);
  if (bytes === undefined) {
    await store.write(BATCH_FILE, `${JSON.stringify(batch, null, 2)}\n`);
    return false;
  }
  const found = parseBatch(new TextDecoder().decode(bytes), `${store.name}/${BATCH_FILE}`);
  if (found.id === batch.id) return found.finished !== undefined;
  throw new MintError(
    'INVALID_ARGUMENT',
    `${store.name}: has the results of another batch, ${found.id}: other images, another model or other settings. Choose another --out.`,
  );
}
