import { hostname } from 'node:os';
import type { History, RecordedDecision } from '@mint/history';
import { oneLine } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import type { Picture } from '../output/picture.js';
import type { ImageDecision } from './decisions.js';
import { deleteOldImages, imagesToKeep, type KeepFlags } from './kept-images.js';
import type { Measured } from './measured.js';
import { type ModelId, versionOf } from './model-id.js';
import type { ImageFile } from './read-images.js';

/** Flags of commands that can keep a record of their decisions. */
export interface HistoryFlags extends KeepFlags {
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
  /** Why the image could not be read. Default: it could. */
  readonly error?: string | undefined;
  readonly milliseconds: number;
  /** What people can look at. Default: nothing. */
  readonly picture?: Picture | undefined;
  /** What limits can be computed from later. Default: nothing. */
  readonly measured?: Measured | undefined;
  /** The model that decided. */
  readonly model: ModelId;
  /** A name that no other decision has: it is recorded once. Default: none. */
  readonly key?: string | undefined;
}

/** Keeps a record of decisions. */
export interface Recorder {
  readonly history: History;
  /** Name of this station in the record. */
  readonly station: string;
  /**
   * Resolves to the number of the decision when it is on the disk, so that an answer given after that is never lost.
   *
   * @throws MintError of the history under `--history-failure stop`. Under `continue` the failure is said, once until a decision
   * is recorded again, and there is no number.
   */
  readonly record: (item: Recordable) => Promise<number | undefined>;
  readonly close: () => Promise<void>;
}

/** Keeps a record of one model's decisions. */
export interface ModelRecorder {
  readonly record: (item: Omit<Recordable, 'model'>) => Promise<number | undefined>;
}

export const recorderOf = ({ record }: Recorder, model: ModelId): ModelRecorder => ({
  record: (item) => record({ ...item, model }),
});

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
  { history: where, station = hostname(), historyFailure, ...keep }: HistoryFlags,
  say: (text: string) => void,
): Promise<Recorder | undefined> {
  if (where === undefined) return undefined;
  const { openHistory } = await import('@mint/history');
  const history = await openHistory(where);
  const endDeleting = deleteOldImages(history, keep, say);
  let lost = 0;
  return {
    history,
    station,
    record: async (item) => {
      const {
        source,
        imageHash,
        milliseconds,
        decision: result,
        error,
        picture,
        measured,
        model,
        key,
      } = item;
      const { score, class: className, p, decision, ...details } = result;
      try {
        const id = await history.record(
          {
            time: Date.now(),
            station,
            imageHash,
            source,
            className,
            score,
            p,
            decision,
            details: {
              ...details,
              error,
              limit: picture?.limit,
              frame: picture?.frame,
              measured,
              scoring: model.scoring,
            },
            modelHash: model.hash,
            modelVersion: versionOf(model),
            milliseconds,
            key,
          },
          await imagesToKeep(keep, decision, picture),
        );
        if (lost > 0) say(`decisions are recorded again; ${lost} were not`);
        lost = 0;
        return id;
      } catch (failure) {
        if (historyFailure === 'stop') throw failure;
        if (lost === 0) say(`a decision is not recorded, and the work goes on: ${oneLine(failure)}`);
        lost++;
        return undefined;
      }
    },
    close: async () => {
      endDeleting();
      await history.close();
    },
  };
}
