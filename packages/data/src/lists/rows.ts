import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { MintError, oneLine } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { parse } from 'csv-parse/sync';
import { few } from '../names.js';

const COLUMN_NAMES = ['path', 'class', 'label', 'mask', 'split', 'defect'] as const;
type Column = (typeof COLUMN_NAMES)[number];
/** The names that a column may have. */
const COLUMNS: Readonly<Record<Column, readonly string[]>> = {
  path: ['path', 'image', 'image_path', 'file', 'filename', 'filepath'],
  class: ['class', 'class_name', 'classname', 'object', 'category', 'product'],
  label: ['label', 'target', 'anomaly'],
  mask: ['mask', 'mask_path', 'maskpath', 'ground_truth'],
  split: ['split', 'set', 'subset'],
  defect: ['defect', 'defect_type', 'kind'],
};

/** A million rows take about 100 MB. */
const MAX_BYTES = 400e6;

/** One row of a list: the cells of known columns, and its line in the file, from 1. */
export type Row = Readonly<Partial<Record<Column, string>>> & { readonly line: number };

/** Reads the rows of a CSV or JSON Lines file, by its ending. */
export async function readRows(path: string): Promise<Iterable<Row>> {
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
    throw new MintError('CORRUPT_FILE', `${path}: not valid CSV: ${oneLine(error)}.`, { cause: error });
  }
}

/** The same for text without quotation marks, where a line break ends a row and a comma a cell. Takes a third of the time. */
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
        `${path}: not valid CSV: ${cells.length} cells in '${line.slice(0, 80)}', the header has ${width}.`,
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
      throw fail(`not valid JSON: ${oneLine(error)}`);
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

/** The column that each name means, undefined for an unknown name. */
function columnsOf(names: readonly string[], where: string): (Column | undefined)[] {
  const columns = names.map((name) =>
    COLUMN_NAMES.find((column) => COLUMNS[column].includes(name.trim().toLowerCase())),
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
