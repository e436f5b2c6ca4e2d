import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, writeFileAtomic } from '@mint/internal/node';

/** A line of `log.jsonl`; whatever else it says, it says after which step. */
export interface LogEntry {
  readonly step: number;
}

/**
 * Cuts a log back to what a run that goes on after `step` would have written: lines of later steps, which it will take
 * again, go, and so does what a killed process left of its last line.
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
