import type * as FileSystem from 'node:fs/promises';

/** What a program did to a disk, in order. */
export type Operation =
  | { readonly kind: 'create' | 'sync' | 'remove' | 'syncFolder'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly content: Uint8Array | string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string };

/** The operation with this number, from 0, is refused with `code`; so are all later ones when the disk is `broken`. */
interface Refusal {
  readonly number: number;
  readonly code: string;
  readonly broken?: boolean | undefined;
}

interface WatchedDisk {
  operations: Operation[];
  refuse: Refusal | undefined;
  reset(refuse?: Refusal): void;
}

/** A file system that notes every change, and that can refuse one of them. */
export const disk: WatchedDisk = {
  operations: [],
  refuse: undefined,
  reset(refuse) {
    disk.operations = [];
    disk.refuse = refuse;
  },
};

function note(operation: Operation): void {
  const number = disk.operations.length;
  disk.operations.push(operation);
  const { refuse } = disk;
  if (refuse !== undefined && (number === refuse.number || (refuse.broken && number > refuse.number)))
    throw Object.assign(new Error(`${refuse.code}: ${operation.kind} refused`), { code: refuse.code });
}

/**
 * The functions of `node:fs/promises` with which files are written atomically, so that {@link disk} sees them:
 *
 * ```ts ignore
 * vi.mock('node:fs/promises', async (original) => watched(await original()));
 * ```
 */
export function watched(fs: typeof FileSystem): typeof FileSystem {
  const open: typeof fs.open = async (path, flags, mode) => {
    const name = String(path);
    if (flags === 'wx') note({ kind: 'create', path: name });
    const file = await fs.open(path, flags, mode);
    const isFolder = (await file.stat()).isDirectory();
    const { writeFile, sync } = file;
    file.writeFile = async (content, ...rest) => {
      note({ kind: 'write', path: name, content: content as Uint8Array | string });
      return writeFile.call(file, content, ...rest);
    };
    file.sync = async () => {
      try {
        note({ kind: isFolder ? 'syncFolder' : 'sync', path: name });
      } catch (error) {
        await file.close();
        throw error;
      }
      return sync.call(file);
    };
    return file;
  };
  const rename: typeof fs.rename = async (path, to) => {
    note({ kind: 'rename', path: String(path), to: String(to) });
    return fs.rename(path, to);
  };
  const rm: typeof fs.rm = async (path, options) => {
    // Removing what is not there changes nothing.
    if (await fs.stat(path).catch(() => undefined)) note({ kind: 'remove', path: String(path) });
    return fs.rm(path, options);
  };
  return { ...fs, open, rename, rm };
}

type Content = Uint8Array | string;
interface Inode {
  content: Content;
  synced: boolean;
}
type Names = ReadonlyMap<string, Inode>;

/**
 * Every content that the files of one folder can have after a power cut at any moment of these operations: changes of names
 * survive in any combination until their folder is synced, and a file that was not synced can be empty, cut or whole.
 *
 * @param before - The files as they were, safely on the disk.
 */
export function* afterPowerCut(
  before: ReadonlyMap<string, Content>,
  operations: readonly Operation[],
): Generator<ReadonlyMap<string, Content>> {
  let safe: Names = new Map([...before].map(([path, content]) => [path, { content, synced: true }]));
  let pending: ((names: Map<string, Inode>) => void)[] = [];
  const current = new Map(safe);
  yield* statesOf(safe, pending);
  for (const operation of operations) {
    const { kind, path } = operation;
    const inode = current.get(path);
    const change = (apply: (names: Map<string, Inode>) => void) => {
      apply(current);
      pending.push(apply);
    };
    if (kind === 'create') {
      const created = { content: '', synced: false };
      change((names) => names.set(path, created));
    } else if (kind === 'write' && inode) inode.content = operation.content;
    else if (kind === 'sync' && inode) inode.synced = true;
    else if (kind === 'remove') change((names) => names.delete(path));
    else if (kind === 'rename' && inode) {
      change((names) => {
        names.set(operation.to, inode);
        names.delete(path);
      });
    } else if (kind === 'syncFolder') {
      safe = new Map(current);
      pending = [];
    }
    yield* statesOf(safe, pending);
  }
}

function* statesOf(
  safe: Names,
  pending: readonly ((names: Map<string, Inode>) => void)[],
): Generator<ReadonlyMap<string, Content>> {
  for (let chosen = 0; chosen < 2 ** pending.length; chosen++) {
    const names = new Map(safe);
    pending.forEach((apply, i) => {
      if (chosen & (2 ** i)) apply(names);
    });
    for (const kept of [0, 0.5, 1]) {
      const files = new Map<string, Content>();
      for (const [path, { content, synced }] of names)
        files.set(path, synced ? content : content.slice(0, Math.floor(content.length * kept)));
      yield files;
    }
  }
}
