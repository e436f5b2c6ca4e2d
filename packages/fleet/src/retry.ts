import type { Queue } from 'bullmq';
import { batchOfJob, type JobData, jobName } from './jobs.js';
import { optionsOf } from './redis/queue.js';
import type { State } from './redis/state.js';
import { failedNames } from './status.js';

/** What {@link Fleet.retry} put back into the queue. */
export interface Retried {
  /** Jobs that had been given up. */
  readonly failed: number;
  /** Jobs some of whose images could not be read. */
  readonly unreadable: number;
}

/** Puts jobs back that were given up, and those with unreadable images. */
export async function retry(
  queue: Queue<JobData>,
  state: State,
  only?: string | undefined,
): Promise<Retried> {
  const names = (await failedNames(queue)).filter((name) => only === undefined || batchOfJob(name) === only);
  for (const name of names) await (await queue.getJob(name))?.retry('failed', { resetAttemptsMade: true });
  let unreadable = 0;
  for (const id of only === undefined ? await state.ids() : [only]) {
    const batch = await state.batch(id);
    if (batch === undefined) continue;
    for (const { n, images, start, rest, round: before } of await state.unreadable(id)) {
      const round = before + 1;
      const data: JobData = { batch: id, n, start, rest: [...rest], images, again: true, round };
      // First: a job that was done before this would stay undone.
      await state.undone(id, n, images);
      await queue.add(batch.kind, data, optionsOf(jobName(id, n, round), batch.priority));
      unreadable += 1;
    }
  }
  return { failed: names.length, unreadable };
}
