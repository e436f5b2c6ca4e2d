import { resolve } from 'node:path';
import { cut } from '@mint/fleet';
import { MintError } from '@mint/internal';
import type { CommandContext } from '../../shell/context.js';
import type { ScoreFlags } from './flags.js';
import { isRemote, modelHash } from './model.js';
import { references, sourceOf } from './references.js';
import type { ScoreSettings } from './score-job.js';
import { placeOf, submitBatch } from './submit-batch.js';

/** `mint fleet score <images…>`: submits images to be scored, and waits for the results. Returns the exit code. */
export async function runScore(
  args: readonly string[],
  flags: ScoreFlags,
  context: CommandContext,
): Promise<number> {
  const { history, batchSize, jobSize, rate, model } = flags;
  if (history !== undefined) assertNoPassword(history);
  if ((flags.out ?? history) === undefined)
    throw new MintError(
      'INVALID_ARGUMENT',
      'mint fleet score: say where the results go: --out <folder>, --history <where>, or both.',
    );
  const settings: ScoreSettings = {
    model: isRemote(model) ? model : resolve(model),
    modelHash: await modelHash(model),
    base: process.cwd(),
    batchSize,
    class: flags.class,
    mmPerPixel: flags.mmPerPixel,
    history: history === undefined || /^postgres(ql)?:\/\//.test(history) ? history : resolve(history),
    station: flags.station,
  };
  const items = await references(args, flags.list);
  const cuts = [
    ...cut(items, Math.ceil(jobSize / batchSize) * batchSize, rate === undefined ? undefined : sourceOf),
  ];
  return submitBatch(
    { kind: 'score', out: flags.out && placeOf(flags.out), settings: { ...settings }, cuts, rate },
    flags,
    context,
  );
}

/** Redis would store it for everybody who may read the jobs. */
function assertNoPassword(history: string): void {
  if (/^postgres(ql)?:\/\/[^/@]*:[^/@]+@/.test(history))
    throw new MintError(
      'INVALID_ARGUMENT',
      '--history: leave the password out of the address, since Redis stores it; set PGPASSWORD where the workers run.',
    );
}
