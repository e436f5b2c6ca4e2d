import { join, posix } from 'node:path';
import { globMatcher } from '@mint/internal';
import { isImage } from '../names.js';
import type { FolderReader } from '../sources/folder-reader.js';

/** Finds the files that the rows of a list name, with `/` or `\\`. */
export interface FileFinder {
  /** The images that a pattern matches; undefined when there are none. */
  readonly matching: (cell: string) => Promise<readonly string[] | undefined>;
  /** The absolute path of a file; undefined when it is not there. */
  readonly locate: (path: string) => Promise<string | undefined>;
  /** The same at once, for a file in a folder that was looked at before; undefined for any other. */
  readonly located: (path: string) => string | undefined;
  /** Paths that were found with other capital letters than the list has, as on Windows. */
  readonly otherCase: readonly string[];
  /** Where a path was looked for. */
  readonly tried: (path: string) => string;
}

const DRIVE = /^[A-Za-z]:\//;
const SHARE = /^\/\/[^/]+\/[^/]+\//;

export function fileFinder(reader: FolderReader): FileFinder {
  let listed: Promise<string[]> | undefined;
  /** Number of folders to leave out of paths with a drive, as found for the path before. */
  let left = 0;
  const matching = async (cell: string) => {
    const pattern = withoutDrive(cell.replaceAll('\\', '/')) ?? cell.replaceAll('\\', '/');
    listed ??= reader.walk().then((files) => files.filter(isImage));
    const files = await listed;
    for (const suffix of isForeign(cell) ? suffixes(pattern) : [pattern]) {
      for (const nocase of [false, true]) {
        const matches = globMatcher(suffix.replace(/^(\.\/)+/, ''), { nocase });
        const found = files.filter((file) => matches(file));
        if (found.length === 0) continue;
        if (nocase) otherCase.push(cell);
        return found;
      }
    }
    return undefined;
  };
  const otherCase: string[] = [];
  let lowerCase: Promise<ReadonlyMap<string, string | undefined>> | undefined;
  /** The one file whose path is the same but for capital letters. */
  const inAnyCase = async (path: string) => {
    lowerCase ??= reader.walk().then(byLowerCase);
    const known = (await lowerCase).get(posix.normalize(path).toLowerCase());
    const found = known === undefined ? undefined : await reader.locate(known);
    if (found !== undefined) otherCase.push(path);
    return found;
  };
  const locate = async (path: string) => {
    const slashed = path.replaceAll('\\', '/');
    const below = isForeignStart(path) ? withoutDrive(slashed) : undefined;
    if (below === undefined || process.platform === 'win32')
      return (await reader.locate(path)) ?? inAnyCase(slashed);
    const parts = below.split('/');
    for (const skip of new Set([left, ...parts.keys()])) {
      const rest = parts.slice(skip).join('/');
      const found = rest === '' ? undefined : await reader.locate(rest);
      if (found === undefined) continue;
      left = skip;
      return found;
    }
    for (const rest of suffixes(below)) {
      const found = await inAnyCase(rest);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const tried = (path: string) => {
    const slashed = path.replaceAll('\\', '/');
    const below = withoutDrive(slashed);
    return `tried ${join(reader.root, below ?? slashed)}${below === undefined ? '' : ' and every shorter end of it'}`;
  };
  const located = (path: string) => reader.located(path.includes('\\') ? path.replaceAll('\\', '/') : path);
  return { matching, locate, located, otherCase, tried };
}

export const isPattern = (cell: string): boolean => cell.includes('*') || cell.includes('?');

const isForeignStart = (path: string): boolean => path[1] === ':' || path[0] === '\\' || path[0] === '/';
const isForeign = (path: string): boolean => withoutDrive(path.replaceAll('\\', '/')) !== undefined;

/** The path below a Windows drive or share; undefined for any other path. */
function withoutDrive(path: string): string | undefined {
  if (path[1] !== ':' && !path.startsWith('//')) return undefined;
  const prefix = path.match(DRIVE) ?? path.match(SHARE);
  return prefix === null ? undefined : path.slice(prefix[0].length);
}

/** Paths by their lower-case form; undefined where two share it. */
function byLowerCase(paths: readonly string[]): ReadonlyMap<string, string | undefined> {
  const known = new Map<string, string | undefined>();
  for (const path of paths) {
    const key = path.toLowerCase();
    known.set(key, known.has(key) ? undefined : path);
  }
  return known;
}

/** The path, and what is left of it without its first folders. */
function suffixes(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(i).join('/'));
}
