import { basename } from 'node:path';
import { MintError } from '@mint/internal';
import { UNNAMED_DEFECT, type UndecidedSample } from '../class-samples.js';
import { stemOf } from '../names.js';
import { problems } from '../problems.js';
import type { FolderReader } from '../sources/folder-reader.js';
import type { Problem } from '../types.js';
import { labelWord, splitWord } from '../words/cells.js';
import type { NameReader } from '../words/name-reader.js';
import { fileFinder } from './file-finder.js';
import type { Row, Rows } from './rows.js';

/** What rows name and the folder does not have. */
interface Missing {
  readonly images: string[];
  readonly masks: string[];
  readonly patterns: string[];
  repeats: number;
}

/** What a list holds. */
export interface ListReading {
  readonly samples: UndecidedSample[];
  readonly warnings: readonly string[];
  readonly problems: readonly Problem[];
}

/** Where a list and its files are. */
export interface ListPlace {
  readonly reader: FolderReader;
  /** The list's path, for messages. */
  readonly list: string;
  /** The class of rows without one. */
  readonly className: string;
  readonly read: NameReader;
}

/**
 * The samples that the rows of a list name.
 *
 * @throws MintError `INVALID_ARGUMENT` naming the line, as `loadList`.
 */
export async function rowsToSamples({ rows, hasSplit }: Rows, place: ListPlace): Promise<ListReading> {
  const samples = new Map<string, UndecidedSample>();
  const missing: Missing = { images: [], masks: [], patterns: [], repeats: 0 };
  const finder = fileFinder(place.reader);
  for (const row of rows) {
    const where = `line ${row.line}`;
    try {
      if (row.path === undefined) throw new MintError('INVALID_ARGUMENT', 'the row names no image.');
      const described = describeRow(row, place);
      const paths = await finder.matching(row.path);
      if (paths === undefined) missing.patterns.push(`${row.path} (${where}): ${finder.tried(row.path)}`);
      for (const path of paths ?? []) {
        const imagePath = await finder.locate(path);
        if (imagePath === undefined) {
          missing.images.push(`${path} (${where}): ${finder.tried(path)}`);
          continue;
        }
        const mask = row.mask?.replaceAll('{stem}', stemOf(basename(slashed(path))));
        const maskPath = mask === undefined ? undefined : await finder.locate(mask);
        if (mask !== undefined && maskPath === undefined && isAnomalous(described))
          missing.masks.push(`${mask} (${where}): ${finder.tried(mask)}`);
        const split = described.split ?? (hasSplit() ? undefined : splitOfPath(path, place.read));
        const sample = sampleOf({ ...described, split }, path, imagePath, maskPath);
        const known = samples.get(imagePath);
        if (known === undefined) samples.set(imagePath, sample);
        else if (JSON.stringify(known) === JSON.stringify(sample)) missing.repeats += 1;
        else {
          const message = `${path} is in the list before, with another class, label, mask or split.`;
          throw new MintError('INVALID_ARGUMENT', message);
        }
      }
    } catch (error) {
      if (!MintError.isInstance(error)) throw error;
      throw new MintError(error.code, `${place.list}, ${where}: ${error.message}`, { cause: error });
    }
  }
  const { repeats } = missing;
  return {
    samples: [...samples.values()],
    warnings: repeats === 0 ? [] : [`${repeats} rows repeat another row; each image is used once.`],
    problems: problemsOf(missing),
  };
}

type RowMeaning = Pick<UndecidedSample, 'className' | 'label' | 'split' | 'defect'>;

const slashed = (path: string): string => path.replaceAll('\\', '/');
const isAnomalous = ({ label }: RowMeaning): boolean => label === 'anomalous';

function sampleOf(
  { className, label, split, defect }: RowMeaning,
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
