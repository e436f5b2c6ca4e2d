import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { classFilter, indexed, type LoadOptions } from '../class-samples.js';
import { few } from '../names.js';
import type { FolderReader } from '../sources/folder-reader.js';
import type { Dataset } from '../types.js';
import type { TreeLayout } from './layout.js';
import { readClass } from './mvtec-class.js';

/**
 * Reads a folder of class folders; no image is opened. Classes and samples are sorted by UTF-16 code unit. The root may
 * itself be the folder of one class.
 *
 * @param layoutText - The expected layout, for the message when nothing is found.
 * @returns The data set, named after the folder, and the names of all classes found, chosen or not.
 * @throws MintError `EMPTY_DATASET` when there is no image in this layout, `INVALID_ARGUMENT` for an unknown class.
 */
export async function readTree(
  reader: FolderReader,
  layout: TreeLayout,
  layoutText: string,
  options: LoadOptions,
): Promise<{ dataset: Dataset; known: readonly string[] }> {
  const { classes, warnings } = await findClasses(reader, layout, layoutText);
  const known = classes.map(({ name }) => name);
  const isWanted = classFilter(reader.root, known, options);
  const wanted = classes.filter(({ name }) => isWanted(name));
  const read = await Promise.all(wanted.map(({ name, path }) => readClass(reader, layout, name, path)));
  if (read.every(({ samples }) => samples.length === 0)) {
    const where = wanted.map(({ path }) => join(reader.root, ...path)).join(', ');
    const message = `${where || reader.root}: no image in the expected folders:${layoutText}`;
    throw new MintError('EMPTY_DATASET', message);
  }
  const dataset = {
    ...indexed(read.flatMap(({ samples }) => samples)),
    name: reader.name,
    warnings: [...warnings, ...read.flatMap((one) => one.warnings)],
    orphanMasks: read.flatMap(({ orphanMasks }) => orphanMasks),
  };
  return { dataset, known };
}

interface ClassFolder {
  readonly name: string;
  /** Parts below the root. */
  readonly path: readonly string[];
}

async function findClasses(reader: FolderReader, layout: TreeLayout, layoutText: string) {
  const warnings: string[] = [];
  if (await isClass(reader, layout)) return { classes: [{ name: reader.name, path: [] }], warnings };
  const { folders, files } = await reader.list();
  const classes: ClassFolder[] = [];
  for (const name of folders) {
    if (await isClass(reader, layout, name)) classes.push({ name, path: [name] });
    else {
      const missing = `neither train/${layout.good} nor ${layout.test}`;
      warnings.push(`${name}: has ${missing}, so it is not a class; left out.`);
    }
  }
  if (classes.length > 0) return { classes, warnings };
  const entries = [...folders.map((name) => `${name}/`), ...files];
  const found = entries.length === 0 ? 'an empty folder' : few(entries);
  const message = `${reader.root}: no class found. Expected:${layoutText}\nFound instead: ${found}.`;
  throw new MintError('EMPTY_DATASET', message);
}

async function isClass(reader: FolderReader, { good, test }: TreeLayout, ...path: string[]) {
  const [top, train] = await Promise.all([reader.list(...path), reader.list(...path, 'train')]);
  return train.folders.includes(good) || top.folders.includes(test);
}
