import { basename } from 'node:path';
import { stemOf } from '../names.js';
import type { Sample } from '../types.js';
import { isDateFolder } from '../words/dates.js';
import type { NameMeaning, NameReader } from '../words/name-reader.js';
import { type Folder, foldersOf } from './folders.js';
import { type Role, rolesOf } from './roles.js';

/** One folder name of a path that is a class, a kind of defect, or says nothing. */
export interface Part {
  readonly name: string;
  readonly meaning: NameMeaning;
}

/** What the folders of a file say about it. */
export interface Described {
  /** Path below the root with `/`. */
  readonly path: string;
  /** Names of classes and kinds of defects. */
  readonly parts: readonly Part[];
  /** How many of `parts` come before the label's folder; all of them when there is none. */
  readonly before: number;
  readonly label: Sample['label'] | undefined;
  /** The folder that gave the label. */
  readonly labelFolder: Part | undefined;
  readonly split: Sample['split'] | undefined;
  /** Whether the file lies in a folder of masks. */
  readonly mask: boolean;
  /** The folders without those of masks, images and splits: a mask lies at the same place as its image. */
  readonly place: readonly string[];
}

/** A tree as read: its folders, and what each says. */
export interface Tree {
  readonly folders: ReadonlyMap<string, Folder>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly read: NameReader;
}

/** Reads the folders of a list of paths. */
export function treeOf(paths: readonly string[], read: NameReader): Tree {
  const folders = foldersOf(paths, read);
  return { folders, roles: rolesOf(folders), read };
}

type FolderSays = Omit<Described, 'path'>;

/** Describes files; the folders of each are read once. */
export function describer({ folders, roles }: Tree): (path: string) => Described {
  const known = new Map<string, FolderSays>();
  return (path) => {
    const folderPath = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    let says = known.get(folderPath);
    if (says === undefined) {
      says = combine(chainOf(folders.get(folderPath)), roles);
      known.set(folderPath, says);
    }
    return { ...says, path };
  };
}

/** The folders of a path, the outermost first. */
function chainOf(folder: Folder | undefined): Folder[] {
  const chain: Folder[] = [];
  for (let at = folder; at?.parent !== undefined; at = at.parent) chain.unshift(at);
  return chain;
}

function combine(chain: readonly Folder[], roles: ReadonlyMap<string, Role>): FolderSays {
  const parts: Part[] = [];
  const place: string[] = [];
  let labelled: { label: Sample['label']; before: number; folder: Part } | undefined;
  let split: Sample['split'] | undefined;
  let mask = false;
  for (const folder of chain) {
    const { name, path, meaning } = folder;
    const role = roles.get(path);
    if (role === undefined) continue;
    split = role.split ?? split;
    mask ||= role.mask;
    const part = { name, meaning };
    if (role.className !== undefined) parts.push({ name: role.className, meaning });
    if (role.label !== undefined) labelled = { label: role.label, before: parts.length, folder: part };
    // A day is neither a class nor a kind of defect.
    if (role.isName && !isDateFolder(folder)) parts.push(part);
    if (role.isName || role.label !== undefined) place.push(name);
    else if (role.masksOf !== undefined) place.push(role.masksOf);
  }
  return {
    parts,
    before: labelled?.before ?? parts.length,
    label: labelled?.label,
    labelFolder: labelled?.folder,
    split,
    mask,
    place,
  };
}

/** The file's name without folders and ending. */
export const stem = ({ path }: Pick<Described, 'path'>): string => stemOf(basename(path));
