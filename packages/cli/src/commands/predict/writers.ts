import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import type { PredictFlags } from './flags.js';
import { csv, jsonLines, type Row, type RowWriter, spreadsheetCsv, table } from './rows.js';

/** With these, a file of results starts in every version. */
const FIRST_COLUMNS = 'picture,score,';
const FIRST_BYTES = 20;

/** The format in which rows are printed. */
export function writerOf(flags: PredictFlags, images: readonly string[], detector: MintDetector): RowWriter {
  const format = flags.json ? 'json' : flags.format;
  if (format === 'table') return table(images, detector.config.classes);
  return format === 'json' ? jsonLines : csvOf(flags);
}

const csvOf = ({ spreadsheet }: PredictFlags): RowWriter => (spreadsheet ? spreadsheetCsv : csv);

/** The format of the results file: a table is for people, so its file is CSV. */
export const resultsFile = (out: string, flags: PredictFlags): RowWriter & { readonly path: string } =>
  flags.json || flags.format === 'json'
    ? { ...jsonLines, path: join(out, 'results.jsonl') }
    : { ...csvOf(flags), path: join(out, 'results.csv') };

/** Refuses a file of that name that holds something else, before any image is scored. */
export async function assertOurs({ path, header }: ReturnType<typeof resultsFile>): Promise<void> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
    const start = buffer.toString('utf8', 0, bytesRead);
    if (start === '' || start.startsWith(header === undefined ? '{"picture":' : FIRST_COLUMNS)) return;
  } finally {
    await file.close();
  }
  throw new MintError(
    'INVALID_ARGUMENT',
    `${path}: is there and was not written by mint predict; choose another folder for --out, or move the file.`,
  );
}

/** Prints the header at once, and rows as they come. */
export function printer({ header, line }: RowWriter): (rows: readonly Row[]) => void {
  const print = (text: string) => process.stdout.write(`${text}\n`);
  if (header !== undefined) print(header);
  return (rows) => rows.map(line).forEach(print);
}
