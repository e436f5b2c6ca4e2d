import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { MintError, oneLine } from '@mint/internal';
import { errorCode, isOverlayFile } from '@mint/internal/node';
import { byCodeUnit, isLitter } from '../names.js';

/**
 * Opens a data set's folder.
 *
 * @throws MintError `NOT_FOUND` when it is missing, with the nearest folder that exists, or is a file.
 */
export async function openFolder(path: string): Promise<FolderReader> {
  const folder = resolve(path);
  return new FolderReader(folder, await realRoot(folder));
}

async function realRoot(folder: string): Promise<string> {
  try {
    const real = await realpath(folder);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') {
      throw new MintError(
        'NOT_FOUND',
        `${folder}: the data set's folder cannot be read: ${oneLine(error)}.`,
        {
          cause: error,
        },
      );
    }
    throw new MintError(
      'NOT_FOUND',
      `${folder}: there is no such folder; the nearest that exists is ${await nearestParent(folder)}.`,
      { cause: error },
    );
  }
  throw new MintError(
    'NOT_FOUND',
    `${folder}: a data set is a folder, this is a file. Give the folder around the classes.`,
  );
}

async function nearestParent(path: string): Promise<string> {
  const parent = dirname(path);
  const exists = await stat(parent).then(
    (info) => info.isDirectory(),
    () => false,
  );
  return exists || parent === path ? parent : nearestParent(parent);
}

/** Deeper trees are a loop of links, or not a data set. */
const MAX_DEPTH = 16;

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.replace(/[/\\]*$/, sep));
}

/** Entries directly in a folder, sorted by UTF-16 code unit, without hidden ones and litter. */
export interface Listing {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Names directly in a folder, whose path ends in a separator. */
interface NamedFiles {
  readonly folder: string;
  readonly files: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
}

const MAX_SPELLINGS = 10_000;

/** Lists folders under one root and refuses symbolic links that lead out of it. */
export class FolderReader {
  /** Absolute. */
  readonly root: string;
  readonly #realRoot: string;

  constructor(root: string, realRoot: string) {
    this.root = root;
    this.#realRoot = realRoot;
  }

  /** The folder's name. */
  get name(): string {
    return basename(this.root);
  }

  /** Lists the folder at these parts below the root; empty when there is no such folder. */
  async list(...parts: readonly string[]): Promise<Listing> {
    const path = join(this.root, ...parts);
    let entries: Dirent[];
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return { folders: [], files: [] };
      throw new MintError('NOT_FOUND', `${path}: the folder cannot be read: ${oneLine(error)}.`, {
        cause: error,
      });
    }
    const folders: string[] = [];
    const files: string[] = [];
    for (const entry of entries) {
      if (isLitter(entry.name)) continue;
      const target = entry.isSymbolicLink() ? await this.#follow(join(path, entry.name)) : entry;
      if (target.isDirectory()) folders.push(entry.name);
      else if (target.isFile()) files.push(entry.name);
    }
    return { folders: folders.sort(byCodeUnit), files: files.sort(byCodeUnit) };
  }

  /**
   * Lists all files at any depth (at most 16), as paths below the root with `/`, sorted folder by folder. Overlays that were drawn here
   * are not data.
   */
  async walk(): Promise<string[]> {
    const found: string[] = [];
    const visit = async (parts: readonly string[]): Promise<void> => {
      const { folders, files } = await this.list(...parts);
      for (const file of files)
        if (!(await isOverlayFile(join(this.root, ...parts, file)))) found.push([...parts, file].join('/'));
      if (parts.length === MAX_DEPTH) {
        if (folders.length === 0) return;
        throw new MintError(
          'INVALID_ARGUMENT',
          `${join(this.root, ...parts)}: folders lie deeper than ${MAX_DEPTH} levels.`,
        );
      }
      for (const folder of folders) await visit([...parts, folder]);
    };
    await visit([]);
    return found;
  }

  readonly #folders = new Map<string, Promise<NamedFiles>>();
  /** The same by the folder's name as lists spell it, which saves resolving the path in every row. */
  readonly #spelled = new Map<string, Promise<NamedFiles>>();
  /** Those of them that were read. */
  readonly #known = new Map<string, NamedFiles>();

  /** What {@link locate} gives, at once, for a file in a folder that it has read; undefined for any other. */
  located(path: string): string | undefined {
    const start = path.lastIndexOf('/') + 1;
    const known = this.#known.get(path.slice(0, start));
    const name = path.slice(start);
    return known?.files.has(name) ? known.folder + name : undefined;
  }

  /**
   * Finds the file that a list names; the list need not be trusted. Each folder is read once, so a million rows cost few calls.
   *
   * @param path - Relative to the root, or absolute and inside it; `/` or `\\`.
   * @returns Its absolute path, or undefined when there is no such file.
   * @throws MintError `INVALID_ARGUMENT` when the path leads out of the root, by `..` or by a symbolic link.
   */
  async locate(path: string): Promise<string | undefined> {
    const slashed = path.replaceAll('\\', '/');
    const name = slashed.slice(slashed.lastIndexOf('/') + 1);
    const isFolder = name === '' || name === '.' || name === '..';
    const spelled = isFolder ? slashed : slashed.slice(0, slashed.length - name.length);
    const found = await (this.#spelled.get(spelled) ?? this.#folder(spelled));
    this.#known.set(spelled, found);
    const { folder, files, links } = found;
    if (name.includes('\0')) throw this.#leadsOut(name);
    if (isFolder) return undefined;
    if (files.has(name)) return folder + name;
    if (!links.has(name)) return undefined;
    return (await this.#follow(folder + name)).isFile() ? folder + name : undefined;
  }

  #folder(spelled: string): Promise<NamedFiles> {
    const folder = resolve(this.root, spelled);
    if (spelled.includes('\0') || !isInside(this.root, folder)) throw this.#leadsOut(spelled);
    const read = this.#folders.get(folder) ?? this.#read(folder);
    this.#folders.set(folder, read);
    // A folder has any number of spellings.
    if (this.#spelled.size >= MAX_SPELLINGS) {
      this.#spelled.clear();
      this.#known.clear();
    }
    this.#spelled.set(spelled, read);
    return read;
  }

  #leadsOut(path: string): MintError {
    return new MintError(
      'INVALID_ARGUMENT',
      `'${path.replaceAll('\0', '\\0')}' leads out of ${this.root}. Name files by their path inside that folder.`,
    );
  }

  async #read(folder: string): Promise<NamedFiles> {
    const files = new Set<string>();
    const links = new Set<string>();
    try {
      await this.#follow(folder);
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (entry.isFile()) files.add(entry.name);
        else if (entry.isSymbolicLink()) links.add(entry.name);
      }
    } catch (error) {
      if (MintError.isInstance(error) && error.code === 'INVALID_ARGUMENT') throw error;
    }
    return { folder: folder.replace(/[/\\]*$/, sep), files, links };
  }

  async #follow(link: string) {
    let target: string;
    try {
      target = await realpath(link);
    } catch (error) {
      throw new MintError('NOT_FOUND', `${link}: the symbolic link leads nowhere. Remove or repair it.`, {
        cause: error,
      });
    }
    if (!isInside(this.#realRoot, target)) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `${link}: the symbolic link leads to ${target}, outside ${this.#realRoot}. Copy the files, or give the folder they are in.`,
      );
    }
    return stat(target);
  }
}
