import type { Redis } from 'ioredis';
import type { JobData } from './jobs.js';

/** An image at which so many workers died is not read again. */
const MOST_DEATHS = 3;

/**
 * Finds images that kill the worker that reads them, as a fault in a decoder may: it notes in Redis which image is being read.
 *
 * @param index - Of the item in its job.
 * @param read - Reads the image.
 * @returns What `read` gives, or how many workers died at the image, if it was not read.
 */
export type Guard = <T>(index: number, read: () => Promise<T>) => Promise<T | number>;

export function guardOf(redis: Redis, { batch, n }: Pick<JobData, 'batch' | 'n'>): Guard {
  const key = `mint:batch:${batch}:deaths:${n}`;
  return async (index, read) => {
    const begun = await redis.hincrby(key, String(index), 1);
    await redis.expire(key, 86_400);
    if (begun > MOST_DEATHS) return begun - 1;
    const result = await read();
    // It was read without harm: whatever the worker died of before was something else.
    await redis.hset(key, String(index), 0);
    return result;
  };
}
