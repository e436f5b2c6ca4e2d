import { MintError } from '@mint/internal';
import type { CommandContext } from '../../shell/context.js';
import { interruption } from '../../shell/interruption.js';
import { withFleet } from './connection.js';
import type { RedisFlags, StatusFlags } from './flags.js';
import { follow } from './follow.js';
import { statusText } from './status-text.js';

/** `mint fleet status`. Returns the exit code. */
export async function runStatus(
  batch: string | undefined,
  flags: StatusFlags,
  context: CommandContext,
): Promise<number> {
  return withFleet(flags, context, async (fleet) => {
    if (flags.watch) {
      const { batches } = await fleet.status(batch);
      const id = (batches.find(({ isFinished }) => !isFinished) ?? batches.at(-1))?.batch.id;
      if (id === undefined) throw noBatch(batch);
      const { signal, release } = interruption(context.progress, 'the batch goes on');
      return follow(fleet, id, undefined, signal, context).finally(release);
    }
    const status = await fleet.status(batch);
    if (batch !== undefined && status.batches.length === 0) throw noBatch(batch);
    context.print(statusText(status), status);
    return 0;
  });
}

const noBatch = (id: string | undefined): MintError =>
  new MintError(
    'NOT_FOUND',
    id === undefined
      ? 'Redis has no batch.'
      : `Redis has no batch ${id}; mint fleet status lists those that it has.`,
  );

/** `mint fleet retry`. Returns the exit code. */
export async function runRetry(
  batch: string | undefined,
  flags: RedisFlags,
  context: CommandContext,
): Promise<number> {
  return withFleet(flags, context, async (fleet) => {
    const retried = await fleet.retry(batch);
    const { failed, unreadable } = retried;
    context.print(`put back: ${failed} failed jobs, ${unreadable} jobs with unreadable images`, retried);
    return 0;
  });
}
