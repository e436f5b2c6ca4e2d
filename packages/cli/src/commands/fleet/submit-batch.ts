import { resolve } from 'node:path';
import { isS3, type NewBatch } from '@mint/fleet';
import type { CommandContext } from '../../shell/context.js';
import { interruption } from '../../shell/interruption.js';
import { withFleet } from './connection.js';
import type { SubmitFlags } from './flags.js';
import { follow, resultOf } from './follow.js';
import { resultsOf } from './status-text.js';

/** A store that all workers find: a folder by its whole path. */
export const placeOf = (out: string): string => (isS3(out) ? out : resolve(out));

/** Submits a batch and, unless `--no-wait` is given, waits for its end. */
export async function submitBatch(
  batch: Omit<NewBatch, 'priority'>,
  { priority, ahead, wait, ...flags }: Omit<SubmitFlags, 'jobSize'>,
  context: CommandContext,
): Promise<number> {
  const { progress, print } = context;
  return withFleet(flags, context, async (fleet) => {
    const { signal, release } = interruption(progress, 'the jobs that are submitted stay with the workers');
    try {
      const whole: NewBatch = { ...batch, priority };
      const { id, added, isFinished } = await fleet.submit(whole, { ahead, signal });
      const { length } = batch.cuts;
      progress.say(
        `batch ${id}: ${added} of ${length} jobs added${isFinished ? '; all results are there' : ''}`,
      );
      if (wait && !isFinished && !signal.aborted)
        return await follow(fleet, id, () => fleet.submit(whole, { ahead, signal }), signal, context);
      const result = await resultOf(fleet, id);
      print(`batch ${id}; results: ${resultsOf(whole)}`, { batch: id, out: whole.out, added, ...result });
      return 0;
    } finally {
      release();
    }
  });
}
