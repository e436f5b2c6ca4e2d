import { basename } from 'node:path';
import { MintError } from '@mint/internal';
import picomatch from 'picomatch';
import { UNNAMED_DEFECT, type UndecidedSample } from '../class-samples.js';
import { few, isImage, stemOf } from '../names.js';
import type { FolderReader } from '../sources/folder-reader.js';
import { labelWord, splitWord } from '../words.js';
import type { Row } from './rows.js';

/** What rows name and the folder does not have. */
interface Missing {
  readonly images: string[];
  readonly masks: string[];
  readonly patterns: string[];
  repeats: number;
}

/**
 * The samples that the rows of a list name.
 *
 * @param listName - The class of rows without one.
 * @param list - The list's path, for messages.
 * @throws MintError `INVALID_ARGUMENT` naming the line, as `loadList`.
 */
export async function rowsToSamples(
  reader: FolderReader,
  rows: Iterable<Row>,
  listName: string,
  list: string,
): Promise<{ samples: UndecidedSample[]; warnings: string[] }> {
  const samples = new Map<string, UndecidedSample>();
  const missing: Missing = { images: [], masks: [], patterns: [], repeats: 0 };
  const matching = patternMatcher(reader);
  for (const row of rows) {
    const where = `line ${row.line}`;
    try {
      if (row.path === undefined) throw new MintError('INVALID_ARGUMENT', 'the row names no image.');
      const { className, label, split, defect } = describeRow(row, listName);
      const isPattern = /[*?]/.test(row.path);
      const paths = isPattern ? await matching(row.path) : [row.path];
      if (paths.length === 0) missing.patterns.push(`${row.path} (${where})`);
      for (const path of paths) {
        const imagePath = await reader.locate(path);
        if (imagePath === undefined) {
          missing.images.push(`${path} (${where})`);
          continue;
        }
        const mask = row.mask?.replaceAll('{stem}', stemOf(basename(path)));
        const maskPath = mask === undefined ? undefined : await reader.locate(mask);
        if (mask !== undefined && maskPath === undefined) missing.masks.push(`${mask} (${where})`);
        const id = `${className}/${path.replaceAll('\\', '/')}`;
        const known = samples.get(imagePath);
        const sample: UndecidedSample = { id, className, label, split, defect, imagePath, maskPath };
        if (known === undefined) samples.set(imagePath, sample);
        else if (JSON.stringify(known) === JSON.stringify(sample)) missing.repeats += 1;
        else {
          const message = `${path} is in the list before, with another class, label, mask or split.`;
          throw new MintError('INVALID_ARGUMENT', message);
        }
      }
    } catch (error) {
      if (!MintError.isInstance(error)) throw error;
      throw new MintError(error.code, `${list}, ${where}: ${error.message}`, { cause: error });
    }
  }
  return { samples: [...samples.values()], warnings: warningsOf(missing) };
}

function warningsOf({ images, masks, patterns, repeats }: Missing): string[] {
  const warnings: string[] = [];
  if (images.length > 0)
    warnings.push(`${images.length} images of the list are not there and are left out: ${few(images)}.`);
  if (masks.length > 0) warnings.push(`${masks.length} masks of the list are not there: ${few(masks)}.`);
  if (patterns.length > 0) warnings.push(`no image matches ${few(patterns)}.`);
  if (repeats > 0) warnings.push(`${repeats} rows repeat another row; each image is used once.`);
  return warnings;
}

/** Finds the images that a pattern of `*`, `**` and `?` matches; the folder is listed once. */
function patternMatcher(reader: FolderReader): (pattern: string) => Promise<string[]> {
  let listed: Promise<string[]> | undefined;
  return async (pattern) => {
    listed ??= reader.walk().then((files) => files.filter(isImage));
    const files = await listed;
    // Few stars, because the time to match grows with their number's power.
    if (pattern.split('*').length > 9) {
      const message = `a pattern may have at most 8 stars: ${pattern.slice(0, 80)}.`;
      throw new MintError('INVALID_ARGUMENT', message);
    }
    const matches = picomatch(pattern, { nobrace: true, nobracket: true, noextglob: true, nonegate: true });
    return files.filter((file) => matches(file));
  };
}

function describeRow(
  row: Row,
  listName: string,
): Pick<UndecidedSample, 'className' | 'label' | 'split' | 'defect'> {
  const split = row.split === undefined ? undefined : splitWord(row.split);
  if (row.split !== undefined && split === undefined) {
    const message = `split must be train, validation or test, got '${row.split}'.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  const word = row.label ?? (row.mask === undefined ? 'normal' : 'anomalous');
  const label = labelOf(word);
  const defect = row.defect ?? (label === undefined ? word : UNNAMED_DEFECT);
  return {
    className: row.class ?? listName,
    label: label ?? 'anomalous',
    split,
    defect: label === 'normal' ? undefined : defect,
  };
}

/** The label that a cell means; undefined for a kind of defect. */
function labelOf(word: string): UndecidedSample['label'] | undefined {
  if (word === '0' || word === 'false') return 'normal';
  if (word === '1' || word === 'true') return 'anomalous';
  return labelWord(word);
}
