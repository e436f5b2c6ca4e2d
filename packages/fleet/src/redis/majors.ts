import type { Redis } from 'ioredis';
import { majorOf } from '../batch.js';
import { PREFIX, queueName } from './queue.js';

const MAJORS = 'mint:majors';

/** Which major versions have submitted batches. */
export interface Majors {
  /** Notes that a batch of this version is submitted. */
  readonly note: (version: string) => Promise<void>;
  /** A sentence for each other major version whose jobs wait. */
  readonly waiting: (version: string) => Promise<string[]>;
}

export function majorsIn(redis: Redis): Majors {
  return {
    note: async (version) => {
      await redis.sadd(MAJORS, majorOf(version));
    },
    waiting: async (version) => {
      const others = (await redis.smembers(MAJORS)).filter((major) => major !== majorOf(version)).sort();
      const sentences = others.map(async (major) => {
        const key = `${PREFIX}:${queueName(major)}`;
        const jobs = (await redis.llen(`${key}:wait`)) + (await redis.zcard(`${key}:prioritized`));
        return jobs === 0
          ? []
          : [
              `${jobs} jobs wait for workers of version ${major}; this is version ${version}, which takes none of them.`,
            ];
      });
      return (await Promise.all(sentences)).flat();
    },
  };
}
