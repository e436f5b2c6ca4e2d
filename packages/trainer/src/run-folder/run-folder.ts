import { join } from 'node:path';
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
import { cutLog, type LogEntry } from './run-log.js';

export interface RunFolderOptions {
  /** Goes on from the last whole checkpoint. Without it, checkpoints and log of an earlier run go. */
  readonly resume?: boolean | undefined;
  /** Minutes from one checkpoint to the next; there is one at the end in any case. @defaultValue 2 */
  readonly checkpointMinutes?: number | undefined;
  /** How many checkpoints are kept. @defaultValue 3 */
  readonly keepCheckpoints?: number | undefined;
  /** Gets what is worth a look but stops nothing: a damaged checkpoint, a diverging loss, tensors that leak. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** What a run writes while it trains; nothing without a folder. */
export interface RunFolder {
  /** Where the run goes on from. */
  readonly resumed?: Checkpoint | undefined;
  /** Entries that the log has already, of the steps before. */
  readonly logged: readonly LogEntry[];
  /** Writes the log. */
  readonly logger: TrainHooks;
  /** Saves a checkpoint if it is time, or there is none of this step and it `must`. */
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
 * Takes a run folder for this process: `log.jsonl`, and `checkpoints/` with the last ones.
 *
 * @param runHash - See `runHashOf`.
 * @param names - The network's weights, in order.
 * @throws MintError `IN_USE` when another process trains there; those of `loadCheckpoint`.
 */
export async function openRunFolder(
  folder: string | undefined,
  runHash: string,
  names: readonly string[],
  { resume = false, checkpointMinutes = 2, keepCheckpoints = 3, onWarning }: RunFolderOptions,
): Promise<RunFolder> {
  if (folder === undefined) return NOWHERE;
  const [checkpoints, log] = [join(folder, 'checkpoints'), join(folder, 'log.jsonl')];
  const close = await lockFolder(checkpoints, onWarning);
  try {
    const resumed = resume ? await loadCheckpoint(checkpoints, runHash, names, onWarning) : undefined;
    // Later ones are damaged, or of an earlier run.
    await tidyCheckpoints(checkpoints, resumed?.step ?? -1);
    const logged = await cutLog(log, resumed?.step ?? 0);
    let [savedStep, savedAt] = [resumed?.step, performance.now()];
    return {
      resumed,
      logged,
      logger: jsonlLogger(log),
      save: async (step, checkpoint, must = false) => {
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
