import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { MintError, oneLine } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { parse } from 'csv-parse/sync';
import { saysLabel, splitWord } from '../words/cells.js';
import { type Column, type Columns, columnsOf, hasColumn } from './columns.js';
import { decodeText } from './text.js';

/** A million rows take about 100 MB. */
const MAX_BYTES = 400e6;

/** One row of a list: the cells of known columns, and its line in the file, from 1. */
export type Row = Readonly<Partial<Record<Column, string>>> & { readonly line: number };

/** The rows of a list, made one at a time, and its columns once they are read. */
export interface Rows {
  readonly rows: Iterable<Row>;
  /** Columns that are not known. */
  readonly unknown: Set<string>;
  /** Those of them whose cells all say good or anomalous, in the first rows. */
  readonly labelLike: () => readonly string[];
  /** Columns that are known. */
  readonly known: ReadonlySet<Column>;
}

/** Rows in which columns that are not known are looked at. */
const LOOKED_AT = 1000;

/** Columns that are not known, with whether all their cells so far say good or anomalous. */
class UnknownColumns {
  readonly names = new Set<string>();
  readonly #labels = new Map<string, boolean>();
  #rows = 0;

  see(cells: Iterable<readonly [name: string, cell: string]>): void {
    if (++this.#rows > LOOKED_AT || this.names.size === 0) return;
    for (const [name, cell] of cells)
      if (cell !== '') this.#labels.set(name, (this.#labels.get(name) ?? true) && saysLabel(cell));
  }

  labelLike(): readonly string[] {
    return [...this.#labels].flatMap(([name, isLabel]) => (isLabel ? [name] : []));
  }
}

/** Reads the rows of a CSV or JSON file, by its ending; a `.json` file is an array of objects or one object a line. */
export async function readRows(path: string): Promise<Rows> {
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
  // Excel's first line may name the separator.
  const text = decodeText(await readFileOf('list of images', path)).replace(/^\ufeff?sep=.\r?\n/i, '');
  const unknown = new UnknownColumns();
  const known = new Set<Column>();
  const note = ({ columns, unknown: names }: Columns) => {
    for (const column of columns) if (column !== undefined) known.add(column);
    for (const name of names) unknown.names.add(name);
  };
  const isTable = ['.csv', '.tsv', '.txt'].includes(extname(path).toLowerCase());
  const rows = isTable ? csvRows(text, path, note, unknown) : jsonRows(text, path, note, unknown);
  return { rows, unknown: unknown.names, labelLike: () => unknown.labelLike(), known };
}

type Note = (columns: Columns) => void;

function* csvRows(text: string, path: string, note: Note, unknown: UnknownColumns): Iterable<Row> {
  let columns: readonly (Column | undefined)[] | undefined;
  let strange: readonly (readonly [name: string, at: number])[] = [];
  let line = 0;
  let width = 0;
  for (const cells of cellsOf(text, path, delimiterOf(text))) {
    line += 1;
    if (columns === undefined) {
      const found = columnsOf(cells, path);
      note(found);
      columns = found.columns;
      strange = cells.flatMap((name, i) => (unknown.names.has(name) ? [[name, i] as const] : []));
      width = cells.length;
      continue;
    }
    if (cells.length > width) {
      const message = `${path}: not valid CSV: ${cells.length} cells in row ${line}, the header has ${width}.`;
      throw new MintError('CORRUPT_FILE', message);
    }
    const row: { -readonly [K in keyof Row]: Row[K] } = { line };
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at];
      const cell = cells[at];
      if (column !== undefined && cell) row[column] = cell;
    }
    unknown.see(strange.map(([name, at]) => [name, cells[at] ?? '']));
    yield row;
  }
  if (columns === undefined) columnsOf([], path);
}

/** The separator that the header has most of. */
function delimiterOf(text: string): string {
  const header = text.slice(0, text.search(/[\r\n]/) >>> 0);
  const counts = [',', ';', '\t', '|'].map((separator) => ({
    separator,
    count: header.split(separator).length,
  }));
  return counts.reduce((a, b) => (b.count > a.count ? b : a)).separator;
}

/** Rows with quotation marks are parsed this many characters at a time. */
const BLOCK = 1_000_000;

/**
 * The cells of each row. Rows with quotation marks go to the parser, in blocks; in all others a line break ends the row and a separator
 * the cell, which takes a third of the time.
 */
function* cellsOf(text: string, path: string, delimiter: string): Iterable<string[]> {
  const lineBreak = text.includes('\n') ? '\n' : '\r';
  let quoted = -1;
  let isOpen = false;
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf(lineBreak, start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end);
    const marks = line.includes('"') ? line.split('"').length - 1 : 0;
    if (quoted >= 0 && !isOpen && (marks === 0 || start - quoted > BLOCK)) {
      yield* quotedCells(text.slice(quoted, start), path, delimiter);
      quoted = -1;
    }
    if (marks > 0 && quoted < 0) quoted = start;
    // A row ends where its quotation marks are closed.
    if (marks % 2 === 1) isOpen = !isOpen;
    if (quoted >= 0 || line.trim() === '') continue;
    const cells = line.split(delimiter);
    for (let i = 0; i < cells.length; i++) cells[i] = (cells[i] as string).trim();
    yield cells;
  }
  if (quoted >= 0) yield* quotedCells(text.slice(quoted), path, delimiter);
}

function quotedCells(text: string, path: string, delimiter: string): string[][] {
  try {
    return parse(text, { delimiter, skip_empty_lines: true, trim: true, relax_column_count: true });
  } catch (error) {
    throw new MintError('CORRUPT_FILE', `${path}: not valid CSV: ${oneLine(error)}.`, { cause: error });
  }
}

function* jsonRows(text: string, path: string, note: Note, unknown: UnknownColumns): Iterable<Row> {
  let known: { readonly keys: string; readonly columns: Columns } | undefined;
  for (const { line, where, record } of jsonRecords(text, path)) {
    const fail = (what: string) => new MintError('CORRUPT_FILE', `${where}: ${what}.`);
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw fail('expected a JSON object');
    const entries = Object.entries(record).filter(([, value]) => value !== null && value !== '');
    let keys = '';
    for (const [key] of entries) keys += `${key}\n`;
    if (known?.keys !== keys) {
      known = {
        keys,
        columns: columnsOf(
          entries.map(([key]) => key),
          where,
        ),
      };
      note(known.columns);
    }
    const { columns } = known.columns;
    const row: { -readonly [K in keyof Row]: Row[K] } = { line };
    for (let at = 0; at < entries.length; at++) {
      const column = columns[at];
      const [key, value] = entries[at] ?? [];
      if (column === undefined) continue;
      if (typeof value === 'string') row[column] = value;
      else if (typeof value === 'boolean') row[column] = value ? '1' : '0';
      else if (typeof value === 'number') row[column] = String(value);
      else throw fail(`'${key}' must be text or a number`);
    }
    unknown.see(entries.flatMap(([key, value]) => (unknown.names.has(key) ? [[key, String(value)]] : [])));
    yield row;
  }
}

interface JsonRecord {
  readonly line: number;
  /** Names the record in messages. */
  readonly where: string;
  readonly record: unknown;
}

function* jsonRecords(text: string, path: string): Iterable<JsonRecord> {
  const whole = wholeJson(text, path);
  if (whole !== undefined) {
    let line = 0;
    for (const record of nested(whole, {}, path)) {
      line += 1;
      yield { line, where: `${path}, entry ${line}`, record };
    }
    return;
  }
  let line = 0;
  for (const content of text.split('\n')) {
    line += 1;
    const where = `${path}, line ${line}`;
    if (content.trim() !== '') yield { line, where, record: parseJson(content, where) };
  }
}

/** The file as one array, or as one object of arrays; undefined for one object a line. */
function wholeJson(text: string, path: string): unknown {
  if (/^\s*\[/.test(text)) return parseJson(text, path);
  if (extname(path).toLowerCase() !== '.json') return undefined;
  const firstLine = text.slice(0, text.indexOf('\n') >>> 0).trim();
  if (firstLine === '{' || /^\{\s*"[^"]*"\s*:\s*[[{]/.test(firstLine)) {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === 'object' && value !== null && Object.values(value).every(isContainer)
        ? value
        : undefined;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

const isContainer = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** `{ "train": { "bolt": [ … ] } }`, and some folders around it. */
const MOST_NESTED = 8;

/** The records of arrays in objects, where a key is a split or a class: `{ "train": { "bolt": [ … ] } }`. */
function* nested(
  value: unknown,
  inherited: Readonly<Record<string, string>>,
  path: string,
  depth = 0,
): Iterable<unknown> {
  if (depth > MOST_NESTED)
    throw new MintError(
      'CORRUPT_FILE',
      `${path}: objects lie deeper than ${MOST_NESTED} levels; expected an array of objects.`,
    );
  if (Array.isArray(value)) {
    for (const record of value) {
      const isRecord = typeof record === 'object' && record !== null && !Array.isArray(record);
      const extra = Object.entries(inherited).filter(
        ([key]) => isRecord && !hasColumn(Object.keys(record), key),
      );
      yield isRecord ? { ...Object.fromEntries(extra), ...record } : record;
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      const [column, cell] = splitWord(key) === undefined ? ['class', key] : ['split', key];
      yield* nested(inner, { ...inherited, [column]: cell }, path, depth + 1);
    }
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MintError('CORRUPT_FILE', `${where}: not valid JSON: ${oneLine(error)}.`, { cause: error });
  }
}
