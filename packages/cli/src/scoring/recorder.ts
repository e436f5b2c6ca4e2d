import { hostname } from 'node:os';
import { join } from 'node:path';
import type { RecordedDecision } from '@mint/history';
import { oneLine } from '@mint/internal';
import { readFileOf, sha256 } from '@mint/internal/node';
import type { ImageDecision } from './decisions.js';
import type { ImageFile } from './read-images.js';

/** Flags of commands that can keep a record of their decisions. */
export interface HistoryFlags {
  /** SQLite file or PostgreSQL address. Default: no record is kept. */
  readonly history?: string | undefined;
  /** Name of this station in the record. Default: the name of the machine. */
  readonly station?: string | undefined;
  /** What happens when a decision cannot be recorded. */
  readonly historyFailure: 'stop' | 'continue';
}

/** An image and what was decided about it. */
export interface Recordable {
  /** Where the image came from. */
  readonly source: string;
  /** SHA-256 of the image file; empty when the file could not be read. */
  readonly imageHash: string;
  readonly decision: Partial<Omit<ImageDecision, 'decision'>> & { readonly decision: RecordedDecision };
  readonly milliseconds: number;
}

/** Keeps a record of decisions. */
export interface Recorder {
  /**
   * Resolves when the decision is on the disk, so that an answer given after that is never lost.
   *
   * @throws MintError of the history under `--history-failure stop`. Under `continue` the failure is said, once until a decision
   * is recorded again.
   */
  readonly record: (item: Recordable) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Notes the hashes of files as they are read, so that none is read twice for the record. */
export class HashedFiles {
  readonly #hashes = new Map<string, string>();

  /** The same file, whose hash is noted when it is read. */
  watch(file: ImageFile): ImageFile {
    const read = async () => {
      const bytes = await file.read();
      this.#hashes.set(file.name, sha256(bytes));
      return bytes;
    };
    return { ...file, read };
  }

  /** The hash, once; empty when the file could not be read. */
  take(name: string): string {
    const hash = this.#hashes.get(name) ?? '';
    this.#hashes.delete(name);
    return hash;
  }
}

/** Opens the record that the flags name; undefined when they name none. @throws MintError as `openHistory` does. */
export async function openRecorder(
  { history: where, station = hostname(), historyFailure }: HistoryFlags,
  modelFolder: string,
  say: (text: string) => void,
): Promise<Recorder | undefined> {
  if (where === undefined) return undefined;
  // The description names the weights by their hash and holds the limits: a decision depends on both.
  const modelHash = sha256(await readFileOf('model description', join(modelFolder, 'model.json')));
  const { openHistory } = await import('@mint/history');
  const history = await openHistory(where);
  let lost = 0;
  return {
    record: async ({ source, imageHash, milliseconds, decision: result }) => {
      const { score, class: className, p, decision, ...details } = result;
      try {
        await history.record({
          time: Date.now(),
          station,
          imageHash,
          source,
          className,
          score,
          p,
          decision,
          details,
          modelHash,
          milliseconds,
        });
        if (lost > 0) say(`decisions are recorded again; ${lost} were not`);
        lost = 0;
      } catch (error) {
        if (historyFailure === 'stop') throw error;
        if (lost === 0) say(`a decision is not recorded, and the work goes on: ${oneLine(error)}`);
        lost++;
      }
    },
    close: history.close,
  };
}
