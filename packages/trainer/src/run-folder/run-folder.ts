import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { lockFolder } from '@mint/internal/node';
import { jsonlLogger } from '../logging/loggers.js';
import type { TrainHooks } from '../logging/train-events.js';
import {
  type Checkpoint,
  checkpointFiles,
  loadCheckpoint,
  saveCheckpoint,
  tidyCheckpoints,
} from './checkpoint.js';
import { differencesFrom, type RunIdentity, runHashOf, writeIdentity } from './run-identity.js';
import { cutLog, type LogEntry } from './run-log.js';

export interface RunFolderOptions {
  /** Goes on from the last intact checkpoint. Without it, checkpoints and log of an earlier run are removed. @defaultValue false */
  readonly resume?: boolean | undefined;
  /** Minutes from one checkpoint to the next; there is one at the end in any case. @defaultValue 2 */
  readonly checkpointMinutes?: number | undefined;
  /** How many checkpoints are kept. @defaultValue 3 */
  readonly keepCheckpoints?: number | undefined;
  /** Called with warnings that do not stop the run: a damaged checkpoint, a diverging loss, leaking tensors. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** The files of a run while it trains; without a folder nothing is written. */
export interface RunFolder {
  /** The checkpoint from which the run goes on. */
  readonly resumed?: Checkpoint | undefined;
  /** Entries of earlier steps that the log already has. */
  readonly logged: readonly LogEntry[];
  /** Writes the log. */
  readonly logger: TrainHooks;
  /** Saves a checkpoint if one is due, or if it `must` and there is none of this step. */
  save(step: number, checkpoint: () => Promise<Checkpoint>, must?: boolean): Promise<void>;
  /** Where the newest checkpoint is, in words. */
  lastCheckpoint(): Promise<string>;
  close(): void;
}

const NOWHERE: RunFolder = {
  logged: [],
  logger: {},
  save: async () => undefined,
  lastCheckpoint: async () => 'there is none',
  close: () => undefined,
};

/**
 * Claims a run folder for this process: `log.jsonl` and `checkpoints/`.
 *
 * @param identity - What the run is; a checkpoint of another one is refused, with what differs.
 * @param names - The network's weights, in order.
 * @throws MintError `IN_USE` when another process trains there; those of `loadCheckpoint`.
 */
export async function openRunFolder(
  folder: string | undefined,
  identity: RunIdentity,
  names: readonly string[],
  { resume = false, checkpointMinutes = 2, keepCheckpoints = 3, onWarning }: RunFolderOptions,
): Promise<RunFolder> {
  if (folder === undefined) return NOWHERE;
  const [checkpoints, log] = [join(folder, 'checkpoints'), join(folder, 'log.jsonl')];
  let lost: MintError | undefined;
  const close = await lockFolder(checkpoints, onWarning, (error) => {
    lost = error;
  });
  try {
    const resumed = resume ? await checkpointOf(checkpoints, identity, names, onWarning) : undefined;
    // Later checkpoints are damaged, or of an earlier run.
    await tidyCheckpoints(checkpoints, resumed?.step ?? -1);
    if (!resume) await writeIdentity(checkpoints, identity);
    const logged = await cutLog(log, resumed?.step ?? 0);
    let [savedStep, savedAt] = [resumed?.step, performance.now()];
    return {
      resumed,
      logged,
      logger: jsonlLogger(log),
      save: async (step, checkpoint, must = false) => {
        if (lost !== undefined) throw lost;
        const due = performance.now() - savedAt >= checkpointMinutes * 60_000;
        if (step === savedStep || !(due || must)) return;
        await saveCheckpoint(checkpoints, await checkpoint(), keepCheckpoints);
        [savedStep, savedAt] = [step, performance.now()];
      },
      lastCheckpoint: async () => (await checkpointFiles(checkpoints))[0]?.path ?? 'there is none yet',
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** The newest intact checkpoint; one of another run is refused with what differs. */
async function checkpointOf(
  checkpoints: string,
  identity: RunIdentity,
  names: readonly string[],
  onWarning: RunFolderOptions['onWarning'],
): Promise<Checkpoint> {
  try {
    return await loadCheckpoint(checkpoints, runHashOf(identity), names, onWarning);
  } catch (error) {
    if (!MintError.isInstance(error) || error.code !== 'INVALID_ARGUMENT') throw error;
    const differences = await differencesFrom(checkpoints, identity);
    if (differences.length === 0) throw error;
    throw new MintError(error.code, `${error.message} ${differences.join('; ')}.`, { cause: error });
  }
}

/**
 * Whether a run folder has checkpoints, which a new run would remove.
 *
 * @example
 * ```ts
 * import { hasCheckpoints } from '@mint/trainer';
 *
 * console.log(await hasCheckpoints('runs/not-there')); // false
 * ```
 */
export async function hasCheckpoints(folder: string): Promise<boolean> {
  return (await checkpointFiles(join(folder, 'checkpoints'))).length > 0;
}

/**
 * Refuses to start a run afresh in a folder with checkpoints, unless they may be removed.
 *
 * @param how - Names the two settings in the message.
 * @throws MintError `INVALID_ARGUMENT`.
 */
export async function assertNewRun(
  folder: string,
  { resume, overwrite }: { readonly resume?: boolean | undefined; readonly overwrite?: boolean | undefined },
  how: { readonly resume: string; readonly overwrite: string } = {
    resume: '`resume`',
    overwrite: '`overwrite`',
  },
): Promise<void> {
  if (resume && overwrite) {
    const message = `${how.resume} continues a run and ${how.overwrite} starts it afresh; give one of them.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  if (resume || overwrite || !(await hasCheckpoints(folder))) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `${folder}: holds checkpoints of an earlier run. ${how.resume} continues it, ${how.overwrite} removes them and starts afresh; or choose another folder.`,
  );
}
