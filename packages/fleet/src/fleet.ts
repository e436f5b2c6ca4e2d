import { MintError } from '@mint/internal';
import { type Batch, type BatchContent, batchId, majorOf, type Priority } from './batch.js';
import type { Cut } from './jobs.js';
import { connect } from './redis/connect.js';
import { type Majors, majorsIn } from './redis/majors.js';
import { openQueue } from './redis/queue.js';
import { stateIn } from './redis/state.js';
import { type Retried, retry } from './retry.js';
import { type FleetStatus, status } from './status.js';
import { openStore } from './store/open-store.js';
import type { Store } from './store/store.js';
import { type SubmitOptions, type Submitted, submit } from './submit.js';
import { type FleetWorker, type WorkOptions, work } from './work.js';

/** Options of {@link openFleet}. */
export interface FleetOptions {
  /** Version of the program, such as `1.4.0`: workers of another major version take none of its jobs. */
  readonly version: string;
  /** Hears when the connection to Redis is lost and when it is back. */
  readonly say?: ((text: string) => void) | undefined;
}

/** A batch to be submitted. */
export interface NewBatch extends BatchContent {
  /** Its parts, in order. They are iterated twice. */
  readonly cuts: readonly Cut[];
  /** Whether it goes before others. @defaultValue 'archive' */
  readonly priority?: Priority | undefined;
  /** Most images a second that all workers together read from each source. @defaultValue no limit */
  readonly rate?: number | undefined;
}

/** Jobs in Redis, for those who submit them and those who do them. */
export interface Fleet {
  /**
   * Adds a batch. A batch that was submitted before gets nothing added but jobs that Redis lost.
   *
   * @throws MintError `INVALID_ARGUMENT` for a batch without images, or when its store has the results of another one;
   * `UNAVAILABLE`, `DISK_FULL`.
   */
  readonly submit: (batch: NewBatch, options?: SubmitOptions) => Promise<Submitted>;
  /** Does jobs until it is stopped. */
  readonly work: (options: WorkOptions) => Promise<FleetWorker>;
  /** How far the batches are. @param batch - An id. Default: all. */
  readonly status: (batch?: string) => Promise<FleetStatus>;
  /** Puts jobs back that were given up, and those with unreadable images. @param batch - An id. Default: of all. */
  readonly retry: (batch?: string) => Promise<Retried>;
  /** What a user should know: jobs for other versions, and whether Redis keeps what it has when it is restarted. */
  readonly notes: () => Promise<string[]>;
  /** Closes the connection. */
  readonly close: () => Promise<void>;
}

/**
 * Connects to the Redis that holds the jobs.
 *
 * @param url - Such as `redis://host:6379`, or `rediss://` for TLS.
 * @throws MintError `UNAVAILABLE` when Redis does not answer, or `bullmq` and `ioredis` are not installed.
 *
 * @example
 * ```ts no-run
 * import { openFleet } from '@mint/fleet';
 *
 * const fleet = await openFleet('redis://127.0.0.1:6379', { version: '1.0.0' });
 * const worker = await fleet.work({
 *   handlers: { size: async ({ items }) => items.map((item) => JSON.stringify({ item, size: item.length })) },
 * });
 * await fleet.submit({ kind: 'size', out: 'sizes', settings: {}, cuts: [{ items: ['a', 'bc'], images: 2 }] });
 * console.log((await fleet.status()).batches[0]?.done); // 2, once sizes/results.jsonl is complete
 * await worker.stop();
 * await fleet.close();
 * ```
 */
export async function openFleet(url: string, { version, say = () => {} }: FleetOptions): Promise<Fleet> {
  const redis = await connect(url, say);
  const queue = await openQueue(redis, majorOf(version));
  const state = stateIn(redis);
  const majors: Majors = majorsIn(redis);
  const stores = new Map<string, Promise<Store>>();
  const open = (out: string): Promise<Store> => {
    const store = stores.get(out) ?? openStore(out);
    stores.set(out, store);
    return store;
  };
  return {
    submit: async (batch, options) => {
      const described = describe(batch, version);
      await majors.note(version);
      const store = batch.out === undefined ? undefined : await open(batch.out);
      return submit(described, batch.cuts, { queue, state, store }, options);
    },
    work: (options) => work(options, { redis, state, version, open }),
    status: (batch) => status(queue, state, batch),
    retry: (batch) => retry(queue, state, batch),
    notes: async () => [...(await majors.waiting(version)), ...(await persistence(redis))],
    close: async () => {
      await queue.close();
      if (redis.status === 'ready') await redis.quit();
      else redis.disconnect();
    },
  };
}

function describe({ cuts, priority = 'archive', rate, ...content }: NewBatch, version: string): Batch {
  const images = cuts.reduce((sum, { images: of }) => sum + of, 0);
  if (images === 0) throw new MintError('INVALID_ARGUMENT', 'submit: a batch needs at least one image.');
  const id = batchId(
    content,
    cuts.flatMap(({ items }) => items),
  );
  return { ...content, id, version, images, jobs: cuts.length, priority, rate, submitted: Date.now() };
}

/** Where Redis keeps nothing on the disk, a restart loses the jobs that wait. Many servers do not say. */
async function persistence(redis: {
  config(what: 'GET', name: string): Promise<unknown>;
}): Promise<string[]> {
  const answer = await redis.config('GET', 'appendonly').catch(() => undefined);
  if (!Array.isArray(answer) || answer[1] !== 'no') return [];
  return [
    'Redis runs without its append-only file: a restart of Redis loses jobs. Start it with --appendonly yes; after a loss, submit the batch again.',
  ];
}
