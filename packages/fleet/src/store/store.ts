import type { FileContent } from '@mint/internal/node';

/** A place for files that many machines write to: a folder on a share, or a bucket. Paths have parts separated by `/`. */
export interface Store {
  /** For messages; contains no credentials. */
  readonly name: string;
  /** Reads a whole file. @returns Undefined when there is no such file. */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
  /**
   * Writes a file that appears whole or not at all, in place of one of that name.
   *
   * @throws MintError `DISK_FULL`, `UNAVAILABLE`; then there is the old file, or none.
   */
  readonly write: (path: string, content: FileContent) => Promise<void>;
  /** Paths of all files that begin with `prefix`, in no certain order. */
  readonly list: (prefix: string) => AsyncIterable<string>;
}
