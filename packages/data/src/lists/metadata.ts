import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { isImage } from '../names.js';
import { leftOut, problems, sentencesOf } from '../problems.js';
import { type FolderReader, openFolder } from '../sources/folder-reader.js';
import { maskPathsOf } from '../sources/read.js';
import type { Dataset } from '../types.js';
import { datasetOf, type ListOptions } from './load-list.js';
import { readRows } from './rows.js';
import type { List } from './samples.js';

/** The list of Hugging Face's ImageFolder, in the folder of its images or in one around them. */
const NAME = /^metadata\.(csv|tsv|jsonl|ndjson)$/i;

/**
 * Reads a folder with lists called `metadata`, at its root or in folders below (`train/metadata.csv`); undefined without such lists, and
 * where they say nothing about labels, classes or masks, such as captions.
 *
 * @throws MintError as `loadList`.
 */
export async function loadMetadata(root: string, options: ListOptions): Promise<Dataset | undefined> {
  const reader = await openFolder(root);
  const lists = await metadataIn(reader);
  if (lists.length === 0) return undefined;
  const dataset = await datasetOf(lists, reader, reader.name, options);
  return withUnnamed(dataset, reader);
}

/** Deeper folders hold images only. */
const DEEPEST = 4;

async function metadataIn(reader: FolderReader, folder = '', depth = 0): Promise<List[]> {
  const { folders, files } = await reader.list(folder);
  const lists: List[] = [];
  for (const name of files.filter((file) => NAME.test(file))) {
    const path = join(reader.root, folder, name);
    if (await describesImages(path)) lists.push({ ...(await readRows(path)), path, folder });
  }
  if (depth < DEEPEST)
    for (const inner of folders)
      lists.push(...(await metadataIn(reader, folder === '' ? inner : `${folder}/${inner}`, depth + 1)));
  return lists;
}

/** Rows after which no new column is expected. */
const FIRST_ROWS = 100;
const SAYING = ['class', 'label', 'mask', 'defect'] as const;

/** Whether a file is a list of images that says more about them than their folders do. */
async function describesImages(path: string): Promise<boolean> {
  const { rows, known } = await readRows(path);
  try {
    let seen = 0;
    for (const _ of rows) if (++seen >= FIRST_ROWS) break;
  } catch (error) {
    if (MintError.isInstance(error)) return false;
    throw error;
  }
  return SAYING.some((column) => known.has(column));
}

/** Says which images lie beside the lists and are named by none. */
async function withUnnamed(dataset: Dataset, reader: FolderReader): Promise<Dataset> {
  const named = new Set(
    dataset.samples.flatMap((sample) => [sample.imagePath ?? '', ...maskPathsOf(sample)]),
  );
  const files = (await reader.walk()).filter((file) => isImage(file) && !named.has(join(reader.root, file)));
  const found = {
    leftOut: leftOut('images that the list does not name', files),
    problems: problems(
      'not-in-list',
      files,
      'These images lie beside the list, which does not name them; they are left out. Add them to the list, or remove it.',
      { lost: true },
    ),
  };
  return {
    ...dataset,
    leftOut: [...(dataset.leftOut ?? []), ...found.leftOut],
    problems: [...(dataset.problems ?? []), ...found.problems],
    warnings: [...dataset.warnings, ...sentencesOf(found)],
  };
}
