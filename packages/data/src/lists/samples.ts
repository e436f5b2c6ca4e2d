import { basename } from 'node:path';
import { MintError } from '@mint/internal';
import { UNNAMED_DEFECT, type UndecidedSample } from '../class-samples.js';
import { few, stemOf } from '../names.js';
import { problems } from '../problems.js';
import type { FolderReader } from '../sources/folder-reader.js';
import type { Problem } from '../types.js';
import { isEmptyCell, labelWord, splitWord } from '../words/cells.js';
import type { NameReader } from '../words/name-reader.js';
import { type FileFinder, fileFinder, isPattern } from './file-finder.js';
import type { Row, Rows } from './rows.js';

/** What rows name and the folder does not have. */
interface Missing {
  readonly images: string[];
  readonly masks: string[];
  readonly patterns: string[];
  repeats: number;
}

/** What lists hold. */
export interface ListReading {
  readonly samples: readonly UndecidedSample[];
  readonly rows: number;
  readonly warnings: readonly string[];
  readonly problems: readonly Problem[];
}

/** Where the files of lists are. */
export interface ListPlace {
  readonly reader: FolderReader;
  /** The class of rows without one. */
  readonly className: string;
  readonly read: NameReader;
}

/** A list with its rows. */
export interface List extends Rows {
  /** Its path, for messages. */
  readonly path: string;
  /** Its folder below the root, which its paths start at; empty for the root. */
  readonly folder: string;
}

/**
 * The samples that the rows of lists name.
 *
 * @throws MintError `INVALID_ARGUMENT` naming the line, as `loadList`.
 */
export async function samplesOf(lists: readonly List[], place: ListPlace): Promise<ListReading> {
  const samples = new Map<string, UndecidedSample>();
  const missing: Missing = { images: [], masks: [], patterns: [], repeats: 0 };
  const finder = fileFinder(place.reader);
  let rows = 0;
  for (const list of lists) {
    for (const row of list.rows) {
      rows += 1;
      try {
        await addRow(row, list, { samples, missing, finder, place });
      } catch (error) {
        if (!MintError.isInstance(error)) throw error;
        throw new MintError(error.code, `${list.path}, line ${row.line}: ${error.message}`, { cause: error });
      }
    }
  }
  const { repeats } = missing;
  const { otherCase } = finder;
  return {
    samples: [...samples.values()],
    rows,
    warnings: [
      ...(repeats === 0 ? [] : [`${repeats} rows repeat another row; each image is used once.`]),
      ...(otherCase.length === 0
        ? []
        : [
            `${otherCase.length} paths differ from the files in capital letters, which does not matter on Windows: ${few(otherCase)}.`,
          ]),
    ],
    problems: problemsOf(missing),
  };
}

interface Found {
  readonly samples: Map<string, UndecidedSample>;
  readonly missing: Missing;
  readonly finder: FileFinder;
  readonly place: ListPlace;
}

const OPTIONAL = ['mask', 'split', 'defect', 'label'] as const;

/** The row without cells that say that there is nothing; as a label, `none` is the absence of a defect. */
function withoutEmpty(row: Row): Row {
  const empty = OPTIONAL.filter((column) => {
    const cell = row[column];
    return cell !== undefined && isEmptyCell(cell) && !(column === 'label' && /^none$/i.test(cell));
  });
  return empty.length === 0
    ? row
    : { ...row, ...Object.fromEntries(empty.map((column) => [column, undefined])) };
}

async function addRow(given: Row, { folder, known: columns }: List, found: Found): Promise<void> {
  const row = withoutEmpty(given);
  const { samples, missing, finder, place } = found;
  if (row.path === undefined) throw new MintError('INVALID_ARGUMENT', 'the row names no image.');
  const described = describeRow(row, place);
  const at = below(folder, row.path);
  const paths = isPattern(at) ? await finder.matching(at) : [at];
  if (paths === undefined) missing.patterns.push(`${row.path} (line ${row.line}): ${finder.tried(at)}`);
  for (const path of paths ?? []) {
    // Waiting a million times takes seconds.
    const imagePath = finder.located(path) ?? (await finder.locate(path));
    if (imagePath === undefined) {
      missing.images.push(`${row.path} (line ${row.line}): ${finder.tried(path)}`);
      continue;
    }
    const mask = row.mask === undefined ? undefined : below(folder, maskOf(row.mask, path));
    const maskPath = mask === undefined ? undefined : (finder.located(mask) ?? (await finder.locate(mask)));
    if (mask !== undefined && maskPath === undefined && described.label === 'anomalous')
      missing.masks.push(`${maskOf(row.mask ?? '', path)} (line ${row.line}): ${finder.tried(mask)}`);
    const split = described.split ?? (columns.has('split') ? undefined : splitOfPath(path, place.read));
    const sample = sampleOf(described, split, path, imagePath, maskPath);
    const known = samples.get(imagePath);
    if (known === undefined) samples.set(imagePath, sample);
    else if (JSON.stringify(known) === JSON.stringify(sample)) missing.repeats += 1;
    else {
      const message = `${path} is in the list before, with another class, label, mask or split.`;
      throw new MintError('INVALID_ARGUMENT', message);
    }
  }
}

/** A path of a list that lies in this folder; paths with a drive or share stay as they are. */
const below = (folder: string, path: string): string =>
  folder === '' || /^([A-Za-z]:)?[\\/]/.test(path) ? path : `${folder}/${path}`;

const maskOf = (mask: string, path: string): string =>
  mask.includes('{stem}') ? mask.replaceAll('{stem}', stemOf(basename(slashed(path)))) : mask;

type RowMeaning = Pick<UndecidedSample, 'className' | 'label' | 'split' | 'defect'>;

const slashed = (path: string): string => (path.includes('\\') ? path.replaceAll('\\', '/') : path);

function sampleOf(
  { className, label, defect }: RowMeaning,
  split: UndecidedSample['split'],
  path: string,
  imagePath: string,
  maskPath: string | undefined,
): UndecidedSample {
  const id = `${className}/${slashed(path)}`;
  return { id, className, label, split, defect, imagePath, maskPath };
}

/** Without a column for it, the folders of the path say what is for training and for testing. */
function splitOfPath(path: string, read: NameReader): UndecidedSample['split'] {
  let split: UndecidedSample['split'];
  for (const folder of slashed(path).split('/').slice(0, -1)) split = read(folder).split ?? split;
  return split;
}

function problemsOf({ images, masks, patterns }: Missing): Problem[] {
  const lost = { lost: true };
  return [
    ...problems(
      'list-image-missing',
      images,
      'These images of the list are not there and are left out.',
      lost,
    ),
    ...problems('list-mask-missing', masks, 'These masks of the list are not there.', lost),
    ...problems('list-pattern-empty', patterns, 'These patterns of the list match no image.', lost),
  ];
}

function describeRow(row: Row, { className, read }: ListPlace): RowMeaning {
  const split = row.split === undefined ? undefined : splitWord(row.split);
  if (row.split !== undefined && split === undefined) {
    const message = `split must be train, validation or test, got '${row.split}'.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  const word = row.label ?? row.defect ?? (row.mask === undefined ? 'normal' : 'anomalous');
  const label = labelWord(word, read);
  const named =
    row.defect !== undefined && labelWord(row.defect, read) === undefined ? row.defect : undefined;
  const defect = named ?? (label === undefined ? word : UNNAMED_DEFECT);
  return {
    className: row.class ?? className,
    label: label ?? 'anomalous',
    split,
    defect: label === 'normal' ? undefined : defect,
  };
}
