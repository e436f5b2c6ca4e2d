import type { Job, JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Priority } from '../batch.js';
import type { JobData } from '../jobs.js';
import { notInstalled } from './connect.js';

/** BullMQ's keys in Redis begin with this. */
export const PREFIX = 'mint';

/**
 * Name of the queue for programs of one major version: those of another do not see its jobs.
 */
export const queueName = (major: string): string => `fleet-${major}`;

/** A smaller number goes first. */
const NUMBERS: Readonly<Record<Priority, number>> = { line: 1, archive: 2 };

export const loadBullmq = (): Promise<typeof import('bullmq')> => import('bullmq').catch(notInstalled);

/** How often a job is tried, with longer and longer waits between. */
const ATTEMPTS = 5;

export const optionsOf = (jobId: string, priority: Priority, retryAfter = 1_000): JobsOptions => ({
  jobId,
  priority: NUMBERS[priority],
  attempts: ATTEMPTS,
  backoff: { type: 'exponential', delay: retryAfter },
  removeOnComplete: true,
});

/** Whether this is the last time that a job is tried. */
export const isLastAttempt = ({ attemptsMade, opts }: Job): boolean =>
  attemptsMade + 1 >= (opts.attempts ?? 1);

export async function openQueue(redis: Redis, major: string): Promise<Queue<JobData>> {
  const { Queue } = await loadBullmq();
  const queue = new Queue<JobData>(queueName(major), { connection: redis, prefix: PREFIX });
  // Those of the connection are reported by the connection.
  queue.on('error', () => {});
  return queue;
}

/** Jobs that no worker has yet, of this priority or one that goes before it. */
export async function waitingBefore(queue: Queue, priority: Priority): Promise<number> {
  const numbers = Object.values(NUMBERS).filter((number) => number <= NUMBERS[priority]);
  const counts = await queue.getCountsPerPriority(numbers);
  return Object.values(counts).reduce((sum, count) => sum + count, await queue.getDelayedCount());
}
