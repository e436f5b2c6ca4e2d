import type { NameMeaning, NameReader } from '../words/name-reader.js';

/** A folder of a tree, with what its own name says. */
export interface Folder {
  readonly name: string;
  /** Path below the root; empty for the root. */
  readonly path: string;
  readonly parent: Folder | undefined;
  readonly children: Map<string, Folder>;
  readonly meaning: NameMeaning;
  /** Number of files in it and below. */
  files: number;
  /** Whether a folder below it says good. */
  goodBelow: boolean;
  /** Whether a folder below it says training. */
  trainBelow: boolean;
  /** Whether a folder below it says good or anomalous. */
  labelBelow: boolean;
}

/** The folders of a list of paths, by path; the root is at `''`. */
export function foldersOf(paths: readonly string[], read: NameReader): ReadonlyMap<string, Folder> {
  const root = newFolder('', '', undefined, read);
  const folders = new Map([['', root]]);
  for (const path of paths) {
    let folder = root;
    folder.files += 1;
    const parts = path.split('/');
    for (const name of parts.slice(0, -1)) {
      let child = folder.children.get(name);
      if (child === undefined) {
        child = newFolder(name, folder.path === '' ? name : `${folder.path}/${name}`, folder, read);
        folder.children.set(name, child);
        folders.set(child.path, child);
        markAncestors(child);
      }
      child.files += 1;
      folder = child;
    }
  }
  return folders;
}

function newFolder(name: string, path: string, parent: Folder | undefined, read: NameReader): Folder {
  return {
    name,
    path,
    parent,
    children: new Map(),
    meaning: read(name),
    files: 0,
    goodBelow: false,
    trainBelow: false,
    labelBelow: false,
  };
}

function markAncestors({ meaning, parent }: Folder): void {
  for (let folder = parent; folder !== undefined; folder = folder.parent) {
    folder.goodBelow ||= meaning.label === 'normal';
    folder.trainBelow ||= meaning.split === 'train';
    folder.labelBelow ||= meaning.label !== undefined;
  }
}

/** The folders beside this one. */
export const siblingsOf = (folder: Folder): Folder[] =>
  [...(folder.parent?.children.values() ?? [])].filter((other) => other !== folder);
