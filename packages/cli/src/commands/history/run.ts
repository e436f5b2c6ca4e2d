import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { csvLines, type StoredDecision, type Verdict, writeParquet } from '@mint/history';
import { MintError, onOneLine } from '@mint/internal';
import { withHistory } from '../../judged/judged-images.js';
import type { CommandContext } from '../../shell/context.js';
import { comparisonMarkdown, comparisonsOf } from './comparison.js';
import type {
  AuditFlags,
  ChoiceFlags,
  CompareFlags,
  JudgeFlags,
  ListFlags,
  PruneFlags,
  SheetFlags,
} from './flags.js';
import { readSheet, sheetMarkdown } from './sheet.js';

/** `mint history list`: one line per decision. Returns the exit code. */
export async function runList(place: string, flags: ListFlags, { print }: CommandContext): Promise<number> {
  const rows = await withHistory(place, (history) => history.list(filterOf(flags), { limit: flags.limit }));
  const lines = rows.map(({ id, time, station, decision, className, score, p, source, verdict, details }) =>
    [
      id,
      new Date(time).toISOString(),
      onOneLine(station),
      decision,
      onOneLine(className ?? '–'),
      score?.toFixed(4) ?? '–',
      p?.toFixed(3) ?? '–',
      onOneLine(source),
      verdict === undefined ? '' : [verdict.verdict, verdict.kind].filter(Boolean).join(': '),
      // Why an image could not be read.
      ...(typeof details?.error === 'string' ? [onOneLine(details.error)] : []),
    ].join('\t'),
  );
  print([...lines, `${rows.length} decisions`].join('\n'), rows);
  return 0;
}

/** `mint history export`: writes a file. Returns the exit code. */
export async function runExport(
  place: string,
  file: string,
  flags: ChoiceFlags,
  { print }: CommandContext,
): Promise<number> {
  const format = /\.(csv|parquet)$/i.exec(file)?.[1]?.toLowerCase();
  if (format === undefined)
    throw new MintError('INVALID_ARGUMENT', `${file}: expected a name that ends in .csv or .parquet.`);
  // A file that was cut off never has the name of a whole one.
  const part = `${file}.part`;
  let count = 0;
  await withHistory(place, async (history) => {
    const rows = counted(history.all(filterOf(flags)), () => count++);
    try {
      if (format === 'csv') await pipeline(csvLines(rows), createWriteStream(part));
      else await writeParquet(part, rows);
      await rename(part, file);
    } finally {
      await rm(part, { force: true });
    }
  });
  print(`${count} decisions in ${file}`, { file, decisions: count });
  return 0;
}

/** `mint history judge`: adds a verdict. Returns the exit code. */
export async function runJudge(
  place: string,
  id: number,
  verdict: Verdict['verdict'],
  { kind, person }: JudgeFlags,
  { print }: CommandContext,
): Promise<number> {
  await withHistory(place, (history) => history.judge(id, { verdict, kind, person, time: Date.now() }));
  print(`decision ${id}: ${verdict}`, { id, verdict, kind, person });
  return 0;
}

/** `mint history sheet`: false alarms and misses as people judged them. Returns the exit code. */
export async function runSheet(place: string, flags: SheetFlags, { print }: CommandContext): Promise<number> {
  const { hours, alpha, from = Date.now() - 7 * 86_400_000, to = Date.now() } = flags;
  const { station, class: className } = flags;
  const sheet = await withHistory(place, (history) =>
    readSheet(history.all({ from, to, station, className }), hours),
  );
  print(sheetMarkdown(sheet, { from, to, alpha }), { from, to, alpha, rows: sheet });
  return 0;
}

/** `mint history compare`: what two models decided about the same images. Returns the exit code. */
export async function runCompare(
  place: string,
  { from, to, station, class: className }: CompareFlags,
  { print }: CommandContext,
): Promise<number> {
  const rows = await withHistory(place, (history) => history.compare({ from, to, station, className }));
  print(comparisonMarkdown(comparisonsOf(rows)), rows);
  return 0;
}

/** `mint history audit`: who changed what. Returns the exit code. */
export async function runAudit(place: string, flags: AuditFlags, { print }: CommandContext): Promise<number> {
  const entries = await withHistory(place, (history) => history.audit(flags));
  const lines = entries.map(({ time, station, person, action, details }) =>
    [
      new Date(time).toISOString(),
      onOneLine(station),
      onOneLine(person),
      action,
      JSON.stringify(details),
    ].join('\t'),
  );
  print([...lines, `${entries.length} changes`].join('\n'), entries);
  return 0;
}

/** `mint history check`: reads everything. Returns 1 when something is damaged. */
export async function runCheck(place: string, { print }: CommandContext): Promise<number> {
  const problems = await withHistory(place, (history) => history.check());
  print([...problems, `${problems.length} problems`].join('\n'), { problems });
  return problems.length === 0 ? 0 : 1;
}

/** `mint history prune`: deletes kept images. Returns the exit code. */
export async function runPrune(
  place: string,
  { keepDays, keepMb }: PruneFlags,
  { print }: CommandContext,
): Promise<number> {
  if (keepDays === undefined && keepMb === undefined)
    throw new MintError('INVALID_ARGUMENT', 'mint history prune: expected --keep-days, --keep-mb or both.');
  const removed = await withHistory(place, (history) =>
    history.prune({
      before: keepDays === undefined ? undefined : Date.now() - keepDays * 86_400_000,
      maxBytes: keepMb === undefined ? undefined : keepMb * 1e6,
    }),
  );
  print(`${removed.images} images deleted, ${(removed.bytes / 1e6).toFixed(1)} MB`, removed);
  return 0;
}

const filterOf = ({ from, to, station, class: className, decision, verdict }: ChoiceFlags) => ({
  from,
  to,
  station,
  className,
  decision,
  verdict,
});

async function* counted(
  rows: AsyncIterable<StoredDecision>,
  add: () => void,
): AsyncGenerator<StoredDecision> {
  for await (const row of rows) {
    add();
    yield row;
  }
}
