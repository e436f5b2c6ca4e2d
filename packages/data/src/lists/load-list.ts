import { stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { MintError, oneLine } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { parse } from 'csv-parse/sync';
import picomatch from 'picomatch';
import { byCodeUnit, few, isImage, stemOf } from '../names.js';
import { type FolderReader, openFolder } from '../sources/folder-reader.js';
import { decideSplits, type SplitOptions, type Undecided } from '../splits/undecided.js';
import { assertKnown, indexed, type LoadOptions } from '../trees/mvtec-tree.js';
import { labelWord, splitWord } from '../trees/words.js';
import type { Dataset } from '../types.js';

export interface ListOptions extends LoadOptions, SplitOptions {
  /** Folder that the paths are relative to and may not leave. Default: the list's own. */
  readonly root?: string;
}

/** Columns, each under any of its names. */
const COLUMNS = {
  path: ['path', 'image', 'image_path', 'file', 'filename', 'filepath'],
  class: ['class', 'class_name', 'classname', 'object', 'category', 'product'],
  label: ['label', 'target', 'anomaly'],
  mask: ['mask', 'mask_path', 'maskpath', 'ground_truth'],
  split: ['split', 'set', 'subset'],
  defect: ['defect', 'defect_type', 'kind'],
} as const;
type Column = keyof typeof COLUMNS;
const COLUMN_NAMES = Object.keys(COLUMNS) as Column[];

/** A million rows take about 100 MB. */
const MAX_BYTES = 400e6;

type Row = Readonly<Partial<Record<Column, string>>> & { readonly line: number };

/**
 * Reads a data set from a list, one image a row: CSV with a header (RFC 4180), or JSON Lines with an object a line. By the
 * file's ending: `.csv`, or `.jsonl` and `.ndjson`.
 *
 * ```text
 * path,class,label,mask,split
 * bolt/000.png,bolt,good,,train
 * bolt/017.png,bolt,scratch,masks/017.png,test
 * nut/good/*.jpg,nut,good,,
 * ```
 *
 * Only `path` is needed. A path with `*` or `?` is a pattern and stands for all images that match it (`**` for any depth);
 * `{stem}` in its mask is the image's name without ending. `label`: good, ok, normal, 0, … or bad, defect, 1, …; another
 * word is a kind of defect; without it a row with a mask is defective, any other good. `class`: without it all are one class
 * under the list's name. `split`: train, validation or test; where no row has one it is drawn, see `testFraction`. Paths are
 * relative to the list's folder and may not leave it, not by `..` and not by a symbolic link.
 *
 * @throws MintError `NOT_FOUND` without the list, `CORRUPT_FILE` when it cannot be read as one, `EMPTY_DATASET` when no image
 * of it is there, `INVALID_ARGUMENT` naming the line for a path that leads out, an unknown split, or two rows that
 * contradict each other. Rows whose image or mask is missing are left out or lose their mask, and told in `warnings`.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadList, proceduralDataset, writeMvtec } from '@mint/data';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'mint-'));
 * await writeMvtec(proceduralDataset({ trainPerClass: 2, testGoodPerClass: 0, defectsPerClass: 1, size: 32 }), folder);
 * await writeFile(
 *   join(folder, 'gears.csv'),
 *   'path,class,label,mask\n' +
 *     'gear/train/good/*.png,gear,good,\n' +
 *     'gear/test/fibre/*.png,gear,fibre,gear/ground_truth/fibre/{stem}_mask.png\n',
 * );
 * const { samples } = await loadList(join(folder, 'gears.csv'));
 * console.log(samples.map(({ id, split, defect }) => `${id} ${split} ${defect ?? '-'}`));
 * ```
 */
export async function loadList(path: string, options: ListOptions = {}): Promise<Dataset> {
  const rows = counted(await readRows(path));
  const reader = await openFolder(options.root ?? dirname(path));
  const name = stemOf(basename(path));
  const warnings: string[] = [];
  const samples = await rowsToSamples(reader, rows, name, path, warnings);
  assertKnown(reader, [...new Set(samples.map(({ className }) => className))], options.classes);
  const wanted = samples.filter(({ className }) => options.classes?.includes(className) ?? true);
  if (wanted.length === 0) {
    throw new MintError(
      'EMPTY_DATASET',
      `${path}: none of the ${rows.count()} rows names an image that is there.`,
    );
  }
  wanted.sort((a, b) => byCodeUnit(a.className, b.className));
  const decided = decideSplits(wanted, options);
  return {
    ...indexed(decided.samples),
    name,
    layout: `list of ${rows.count()} rows; ${decided.told}`,
    warnings,
  };
}

async function readRows(path: string): Promise<Iterable<Row>> {
  const size = await stat(path).then(
    (info) => info.size,
    () => 0,
  );
  if (size > MAX_BYTES) {
    throw new MintError(
      'CORRUPT_FILE',
      `${path}: a list of ${size} bytes is over the limit of ${MAX_BYTES}; split it.`,
    );
  }
  const text = new TextDecoder().decode(await readFileOf('list of images', path));
  return extname(path).toLowerCase() === '.csv' ? csvRows(text, path) : jsonRows(text, path);
}

/** Rows are made one at a time: of a million, only the samples are kept. */
function counted(rows: Iterable<Row>) {
  let seen = 0;
  return {
    *[Symbol.iterator]() {
      for (const row of rows) {
        seen += 1;
        yield row;
      }
    },
    count: () => seen,
  };
}

function* csvRows(text: string, path: string): Iterable<Row> {
  let columns: (Column | undefined)[] | undefined;
  let line = 0;
  for (const cells of text.includes('"') ? quotedCells(text, path) : plainCells(text, path)) {
    line += 1;
    if (columns === undefined) {
      columns = columnsOf(cells, path);
      continue;
    }
    const row: { -readonly [K in keyof Row]: Row[K] } = { line };
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at];
      const cell = cells[at];
      if (column !== undefined && cell) row[column] = cell;
    }
    yield row;
  }
  if (columns === undefined) columnsOf([], path);
}

function quotedCells(text: string, path: string): string[][] {
  try {
    return parse(text, { skip_empty_lines: true, trim: true, relax_column_count_less: true });
  } catch (error) {
    throw new MintError('CORRUPT_FILE', `${path}: no valid CSV: ${oneLine(error)}.`, { cause: error });
  }
}

/** The same without a quotation mark, where a line break ends a row and a comma a cell: a third of the time. */
function* plainCells(text: string, path: string): Iterable<string[]> {
  const lineBreak = text.includes('\n') ? '\n' : '\r';
  let width: number | undefined;
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf(lineBreak, start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end).trim();
    if (line === '') continue;
    const cells = line.split(',');
    for (let i = 0; i < cells.length; i++) cells[i] = (cells[i] as string).trim();
    width ??= cells.length;
    if (cells.length > width)
      throw new MintError(
        'CORRUPT_FILE',
        `${path}: no valid CSV: ${cells.length} cells in '${line.slice(0, 80)}', the header has ${width}.`,
      );
    yield cells;
  }
}

function* jsonRows(text: string, path: string): Iterable<Row> {
  let line = 0;
  for (const content of text.split('\n')) {
    line += 1;
    if (content.trim() === '') continue;
    const where = `${path}, line ${line}`;
    const fail = (what: string) => new MintError('CORRUPT_FILE', `${where}: ${what}.`);
    let record: unknown;
    try {
      record = JSON.parse(content);
    } catch (error) {
      throw fail(`no valid JSON: ${oneLine(error)}`);
    }
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw fail('expected a JSON object');
    const entries = Object.entries(record).filter(([, value]) => value !== null && value !== '');
    const columns = columnsOf(
      entries.map(([key]) => key),
      where,
    );
    const cells = entries.flatMap(([key, value], at) => {
      const column = columns[at];
      if (column === undefined) return [];
      if (!['string', 'number', 'boolean'].includes(typeof value))
        throw fail(`'${key}' must be text or a number`);
      return [[column, typeof value === 'boolean' ? String(Number(value)) : String(value)]];
    });
    yield { line, ...Object.fromEntries(cells) };
  }
}

/** The meaning of each name, undefined for one that means nothing here. */
function columnsOf(names: readonly string[], where: string): (Column | undefined)[] {
  const columns = names.map((name) =>
    COLUMN_NAMES.find((column) => (COLUMNS[column] as readonly string[]).includes(name.trim().toLowerCase())),
  );
  if (!columns.includes('path')) {
    throw new MintError(
      'CORRUPT_FILE',
      `${where}: expected a column 'path' (or ${COLUMNS.path.slice(1).join(', ')}), found ${names.length === 0 ? 'none' : few(names)}.`,
    );
  }
  const twice = COLUMN_NAMES.find((column) => columns.indexOf(column) !== columns.lastIndexOf(column));
  if (twice !== undefined) {
    const called = names.filter((_, i) => columns[i] === twice);
    throw new MintError('CORRUPT_FILE', `${where}: ${called.join(' and ')} both mean '${twice}'. Keep one.`);
  }
  return columns;
}

async function rowsToSamples(
  reader: FolderReader,
  rows: Iterable<Row>,
  listName: string,
  list: string,
  warnings: string[],
): Promise<Undecided[]> {
  const samples = new Map<string, Undecided>();
  const lost = { images: [] as string[], masks: [] as string[], patterns: [] as string[], repeats: 0 };
  let walked: string[] | undefined;
  for (const row of rows) {
    const where = `line ${row.line}`;
    try {
      const given = described(row, listName);
      if (row.path === undefined) throw new MintError('INVALID_ARGUMENT', 'the row names no image.');
      let paths = [row.path];
      if (/[*?]/.test(row.path)) {
        walked ??= (await reader.walk()).filter(isImage);
        paths = walked.filter(matcher(row.path));
        if (paths.length === 0) lost.patterns.push(`${row.path} (${where})`);
      }
      for (const path of paths) {
        const imagePath = await reader.locate(path);
        if (imagePath === undefined) {
          lost.images.push(`${path} (${where})`);
          continue;
        }
        const mask = row.mask?.replaceAll('{stem}', stemOf(basename(path)));
        const maskPath = mask === undefined ? undefined : await reader.locate(mask);
        if (mask !== undefined && maskPath === undefined) lost.masks.push(`${mask} (${where})`);
        const sample = asSample(given, path, imagePath, maskPath);
        const known = samples.get(imagePath);
        if (known === undefined) samples.set(imagePath, sample);
        else if (JSON.stringify(known) === JSON.stringify(sample)) lost.repeats += 1;
        else
          throw new MintError(
            'INVALID_ARGUMENT',
            `${path} stands in the list before, with another class, label, mask or split.`,
          );
      }
    } catch (error) {
      if (!MintError.isInstance(error)) throw error;
      throw new MintError(error.code, `${list}, ${where}: ${error.message}`, { cause: error });
    }
  }
  if (lost.images.length > 0)
    warnings.push(
      `${lost.images.length} images of the list are not there and are left out: ${few(lost.images)}.`,
    );
  if (lost.masks.length > 0)
    warnings.push(`${lost.masks.length} masks of the list are not there: ${few(lost.masks)}.`);
  if (lost.patterns.length > 0) warnings.push(`no image matches ${few(lost.patterns)}.`);
  if (lost.repeats > 0)
    warnings.push(`${lost.repeats} rows say again what another says; each image is taken once.`);
  return [...samples.values()];
}

/** Without spreading: a list may have a million rows. */
function asSample(
  { className, label, split, defect }: ReturnType<typeof described>,
  path: string,
  imagePath: string,
  maskPath: string | undefined,
): Undecided {
  const sample: { -readonly [K in keyof Undecided]: Undecided[K] } = {
    id: `${className}/${path.replaceAll('\\', '/')}`,
    className,
    label,
    imagePath,
  };
  if (split !== undefined) sample.split = split;
  if (defect !== undefined) sample.defect = defect;
  if (maskPath !== undefined) sample.maskPath = maskPath;
  return sample;
}

/** Only `*`, `**` and `?`. Few stars, because the time to match grows with their number's power. */
function matcher(pattern: string): (path: string) => boolean {
  if (pattern.split('*').length > 9)
    throw new MintError('INVALID_ARGUMENT', `a pattern may have at most 8 stars: ${pattern.slice(0, 80)}.`);
  const matches = picomatch(pattern, { nobrace: true, nobracket: true, noextglob: true, nonegate: true });
  return (path) => matches(path);
}

function described(row: Row, listName: string) {
  const word = row.label ?? (row.mask === undefined ? 'normal' : 'anomalous');
  const label = ['0', 'false'].includes(word)
    ? 'normal'
    : ['1', 'true'].includes(word)
      ? 'anomalous'
      : labelWord(word);
  const split = row.split === undefined ? undefined : splitWord(row.split);
  if (row.split !== undefined && split === undefined) {
    throw new MintError('INVALID_ARGUMENT', `split must be train, validation or test, got '${row.split}'.`);
  }
  const defect = row.defect ?? (label === undefined ? word : 'defective');
  return {
    className: row.class ?? listName,
    label: label ?? 'anomalous',
    split,
    defect: label === 'normal' ? undefined : defect,
  };
}
