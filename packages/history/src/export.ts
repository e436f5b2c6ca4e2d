import type { StoredDecision } from './record.js';

/** Columns of an export, in their order. */
const COLUMNS = {
  id: { type: 'INT64', of: ({ id }) => id },
  time: { type: 'STRING', of: ({ time }) => new Date(time).toISOString() },
  station: { type: 'STRING', of: ({ station }) => station },
  imageHash: { type: 'STRING', of: ({ imageHash }) => imageHash },
  source: { type: 'STRING', of: ({ source }) => source },
  class: { type: 'STRING', of: ({ className }) => className },
  score: { type: 'DOUBLE', of: ({ score }) => score },
  p: { type: 'DOUBLE', of: ({ p }) => p },
  decision: { type: 'STRING', of: ({ decision }) => decision },
  verdict: { type: 'STRING', of: ({ verdict }) => verdict?.verdict },
  kind: { type: 'STRING', of: ({ verdict }) => verdict?.kind },
  person: { type: 'STRING', of: ({ verdict }) => verdict?.person },
  modelHash: { type: 'STRING', of: ({ modelHash }) => modelHash },
  modelVersion: { type: 'STRING', of: ({ modelVersion }) => modelVersion },
  milliseconds: { type: 'DOUBLE', of: ({ milliseconds }) => milliseconds },
  details: { type: 'STRING', of: ({ details }) => details && JSON.stringify(details) },
} as const satisfies Record<
  string,
  { type: 'INT64' | 'DOUBLE' | 'STRING'; of: (decision: StoredDecision) => string | number | undefined }
>;

/** Lines of CSV as in RFC 4180, with a header. Text that a spreadsheet would run as a formula begins with an apostrophe. */
export async function* csvLines(decisions: AsyncIterable<StoredDecision>): AsyncGenerator<string> {
  const columns = Object.values(COLUMNS);
  yield `${Object.keys(COLUMNS).join(',')}\n`;
  for await (const decision of decisions) yield `${columns.map(({ of }) => field(of(decision))).join(',')}\n`;
}

function field(value: string | number | undefined): string {
  if (typeof value !== 'string') return String(value ?? '');
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Writes a Parquet file, compressed with Snappy, in groups of rows: memory does not grow with the number of decisions. */
export async function writeParquet(path: string, decisions: AsyncIterable<StoredDecision>): Promise<void> {
  const { fileWriter, parquetWriteRows } = await import('hyparquet-writer');
  const columns = Object.entries(COLUMNS);
  await parquetWriteRows({
    writer: fileWriter(path),
    columns: columns.map(([name, { type }]) => ({ name, type, nullable: name !== 'id' })),
    rows: parquetRows(decisions),
  });
}

async function* parquetRows(decisions: AsyncIterable<StoredDecision>) {
  for await (const decision of decisions) {
    const row: Record<string, string | number | bigint | undefined> = {};
    for (const [name, { type, of }] of Object.entries(COLUMNS)) {
      const value = of(decision);
      row[name] = type === 'INT64' && typeof value === 'number' ? BigInt(value) : value;
    }
    yield row;
  }
}
