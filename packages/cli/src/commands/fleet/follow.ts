import { setTimeout as wait } from 'node:timers/promises';
import type { BatchStatus, Fleet } from '@mint/fleet';
import { MintError } from '@mint/internal';
import type { CommandContext } from '../../shell/context.js';
import { Interrupted } from '../../shell/interruption.js';
import { resultsOf } from './status-text.js';

/** Milliseconds between looks. */
const PAUSE = 500;
/** Looks after which jobs that are nowhere count as lost: one may be on its way from list to list. */
const PATIENCE = 6;

/** What a command says about a batch in JSON. */
export async function resultOf(fleet: Fleet, id: string): Promise<object> {
  const [status] = (await fleet.status(id)).batches;
  return status === undefined
    ? {}
    : { images: status.batch.images, done: status.done, unreadable: status.unreadable };
}

/**
 * Shows how a batch goes until it is finished.
 *
 * @param submit - Adds jobs that Redis lost.
 * @returns The exit code: 1 when images could not be read.
 * @throws MintError `UNAVAILABLE` when jobs were given up and nothing else is left; `Interrupted`.
 */
export async function follow(
  fleet: Fleet,
  id: string,
  submit: (() => Promise<unknown>) | undefined,
  signal: AbortSignal,
  { progress, print }: CommandContext,
): Promise<number> {
  let [isStarted, saidNone, idle] = [false, false, 0];
  for (;;) {
    const { batches, workers, waiting, active } = await fleet.status(id);
    const [status] = batches;
    if (status !== undefined && !isStarted) progress.start(status.batch.kind, status.batch.images, 'images');
    isStarted ||= status !== undefined;
    if (status !== undefined) progress.update(status.done, remark(status, workers.length));
    if (workers.length === 0 && !saidNone)
      progress.say('no worker is connected; start some with mint fleet worker');
    saidNone ||= workers.length === 0;
    if (status?.isFinished) {
      progress.stop();
      return end(status, print);
    }
    idle = waiting + active === 0 ? idle + 1 : 0;
    if (idle > PATIENCE) {
      if (status !== undefined && status.failed > 0) throw givenUp(status);
      // Redis was started on an old file, or on none.
      await submit?.();
      idle = 0;
    }
    await wait(PAUSE, undefined, { signal }).catch(() => undefined);
    if (signal.aborted)
      throw new Interrupted(
        `stopped; the workers go on with batch ${id}. Look at it with mint fleet status ${id} --watch.`,
      );
  }
}

const remark = ({ unreadable, failed }: BatchStatus, workers: number): string =>
  [
    `${workers} workers`,
    unreadable > 0 ? `${unreadable} unreadable` : '',
    failed > 0 ? `${failed} jobs failed` : '',
  ]
    .filter((text) => text !== '')
    .join(' · ');

function end({ batch, done, unreadable }: BatchStatus, print: CommandContext['print']): number {
  const { id, out, images } = batch;
  print(`batch ${id}: ${images} images, ${unreadable} unreadable; results: ${resultsOf(batch)}`, {
    batch: id,
    out,
    images,
    done,
    unreadable,
  });
  return unreadable > 0 ? 1 : 0;
}

function givenUp({ batch, failed, failures }: BatchStatus): MintError {
  const [first] = failures;
  const message = `batch ${batch.id}: ${failed} jobs failed, the first with: ${first?.reason ?? ''} Put it right, then run mint fleet retry ${batch.id}.`;
  return new MintError('UNAVAILABLE', message);
}
