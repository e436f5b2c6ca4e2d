import { MintError, oneLine } from '@mint/internal';
import type { Redis } from 'ioredis';
import { type Batch, batchSchema } from '../batch.js';

// What Redis knows of a batch beside its waiting jobs: what it is, one bit a job that is done, and the jobs with unreadable images.

/** Names in Redis. */
const BATCHES = 'mint:batches';
export const SOURCES = 'mint:source:';
const keysOf = (id: string) => ({
  state: `mint:batch:${id}`,
  done: `mint:batch:${id}:done`,
  unreadable: `mint:batch:${id}:unreadable`,
  recent: `mint:batch:${id}:recent`,
});

/** How long a finished batch is remembered, in seconds. Its results are in its store for ever. */
const REMEMBERED = 7 * 86_400;
/** How many finished jobs the rate is measured from. */
const RECENT = 256;

/**
 * Notes that a job is done, once however often it is done: sets its bit, and counts its images if the bit was not set.
 * Returns how many jobs of the batch are done.
 */
const DONE = `
if redis.call('SETBIT', KEYS[2], ARGV[1], 1) == 0 then
  redis.call('HINCRBY', KEYS[1], 'images', ARGV[2])
  redis.call('LPUSH', KEYS[4], ARGV[3] .. ' ' .. ARGV[2])
  redis.call('LTRIM', KEYS[4], 0, ${RECENT - 1})
  if ARGV[4] ~= '' then redis.call('HSET', KEYS[3], ARGV[1], ARGV[4]) end
end
return redis.call('BITCOUNT', KEYS[2])`;

/** Takes back that a job is done; returns what is noted about its unreadable images. */
const UNDONE = `
local noted = redis.call('HGET', KEYS[3], ARGV[1])
if redis.call('SETBIT', KEYS[2], ARGV[1], 0) == 1 then redis.call('HINCRBY', KEYS[1], 'images', -ARGV[2]) end
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[1], 'finished')
for _, key in ipairs(KEYS) do redis.call('PERSIST', key) end
return noted`;

/** Jobs that were finished lately. */
export interface Recent {
  /** In milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  readonly images: number;
}

/** A job some of whose images could not be read. */
export interface WithUnreadable {
  readonly n: number;
  readonly images: number;
  readonly unreadable: number;
  readonly start: string;
  readonly rest: readonly string[];
  /** How often it was done again. */
  readonly round: number;
}

/** The state of batches in Redis. */
export type State = ReturnType<typeof stateIn>;

export function stateIn(redis: Redis) {
  const run = (script: string, id: string, ...args: (string | number)[]) =>
    redis.eval(script, 4, ...Object.values(keysOf(id)), ...args);
  const batch = async (id: string): Promise<Batch | undefined> => {
    const text = await redis.hget(keysOf(id).state, 'batch');
    return text === null ? undefined : parseBatch(text, `batch ${id} in Redis`);
  };
  return {
    batch,

    /** Adds a batch; nothing changes when it is there. */
    add: async (added: Batch): Promise<void> => {
      await redis.hsetnx(keysOf(added.id).state, 'batch', JSON.stringify(added));
      await redis.zadd(BATCHES, 'NX', String(added.submitted), added.id);
    },

    /** Ids of all batches, the oldest first; those that Redis has forgotten are removed. */
    ids: async (): Promise<string[]> => {
      const ids = await redis.zrange(BATCHES, '0', '-1');
      const there = await Promise.all(ids.map((id) => redis.exists(keysOf(id).state)));
      const gone = ids.filter((_, i) => there[i] === 0);
      if (gone.length > 0) await redis.zrem(BATCHES, ...gone);
      return ids.filter((_, i) => there[i] === 1);
    },

    /** Which jobs are done. */
    doneJobs: async (id: string): Promise<(n: number) => boolean> => {
      const bits = (await redis.getBuffer(keysOf(id).done)) ?? Buffer.alloc(0);
      return (n) => (((bits[n >> 3] ?? 0) >> (7 - (n & 7))) & 1) === 1;
    },

    /** Notes that a job is done. @returns How many of the batch are. */
    done: async (id: string, n: number, images: number, noted: WithUnreadable | undefined): Promise<number> =>
      Number(await run(DONE, id, n, images, Date.now(), noted === undefined ? '' : JSON.stringify(noted))),

    undone: async (id: string, n: number, images: number): Promise<void> => {
      await run(UNDONE, id, n, images);
    },

    /** Jobs with unreadable images. */
    unreadable: async (id: string): Promise<WithUnreadable[]> =>
      Object.values(await redis.hgetall(keysOf(id).unreadable)).map(
        (text): WithUnreadable => JSON.parse(text),
      ),

    /** Counts of a batch. */
    counts: async (id: string) => {
      const { state, done, recent } = keysOf(id);
      const [images, finished] = await redis.hmget(state, 'images', 'finished');
      const lines = await redis.lrange(recent, 0, -1);
      return {
        imagesDone: Number(images ?? 0),
        jobsDone: await redis.bitcount(done),
        isFinished: finished !== null,
        recent: lines.map((line): Recent => {
          const [time, of] = line.split(' ').map(Number);
          return { time: time ?? 0, images: of ?? 0 };
        }),
      };
    },

    /** Notes that the results are complete. Redis forgets the batch after a week. */
    finished: async (id: string): Promise<void> => {
      const keys = keysOf(id);
      await redis.hset(keys.state, 'finished', Date.now());
      for (const key of Object.values(keys)) await redis.expire(key, REMEMBERED);
    },
  };
}

/** @throws MintError `CORRUPT_FILE` naming the place. */
export function parseBatch(text: string, where: string): Batch {
  try {
    return batchSchema.parse(JSON.parse(text));
  } catch (error) {
    const message = `${where}: expected the description of a batch: ${oneLine(error)}.`;
    throw new MintError('CORRUPT_FILE', message, { cause: error });
  }
}
