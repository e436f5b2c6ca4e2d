import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, writeFileAtomic } from '@mint/internal/node';

/** A line of `log.jsonl`. */
export interface LogEntry {
  readonly step: number;
}

/**
 * Cuts a log back to `step`, after which a run goes on: removes lines of later steps, which are taken again, and the incomplete
 * last line of a killed process.
 *
 * @returns The entries that stay.
 */
export async function cutLog(path: string, step: number): Promise<LogEntry[]> {
  const entries = (await readLog(path)).filter((entry) => entry.step <= step);
  await writeFileAtomic(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  return entries;
}

export async function appendLog(path: string, entry: LogEntry): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${JSON.stringify(entry)}\n`);
}

async function readLog(path: string): Promise<LogEntry[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      const entry = JSON.parse(line);
      return Number.isSafeInteger(entry.step) ? [entry] : [];
    } catch {
      return [];
    }
  });
}
