import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MintError, Random } from '@mint/internal';
import { readModelFolder } from '../model-folder/folder.js';

const script = fileURLToPath(new URL('./model-writer.ts', import.meta.url));

/** A process that writes versions of a model, one after the other. */
export interface Writer {
  readonly child: ChildProcess;
  /** The version that it last said is written; -1 before the first. */
  readonly written: () => number;
  /** Resolves once it writes; rejects if it ends by itself. */
  readonly ready: Promise<void>;
}

export function startWriter(folder: string, first: number): Writer {
  const options = ['--conditions=@mint/source', '--import', 'tsx', script, folder, String(first)];
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  let [text, written] = ['', -1];
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (part) => {
      text += String(part);
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'ready') resolve();
        else if (/^\d+$/.test(line)) written = Number(line);
      }
    });
    child.once('exit', (code) => reject(new Error(`the writer has ended with ${code}`)));
  });
  return { child, written: () => written, ready };
}

/** The version of the model in a folder; why there is none in words. -1 for a folder that was never written. */
export async function versionIn(folder: string): Promise<number | string> {
  try {
    return Number((await readModelFolder(folder)).provenance?.version);
  } catch (error) {
    if (!MintError.isInstance(error)) throw error;
    return error.code === 'NOT_FOUND' && error.message.includes('model description') ? -1 : error.message;
  }
}

/**
 * Kills (SIGKILL) processes that write models into a folder, each at a random moment. After each kill the folder must load: with
 * the version last said to be written, or the one after it.
 *
 * @returns What was wrong, one line each, and the number of versions that were written.
 */
export async function killWriters(folder: string, kills: number, seed: number): Promise<{ wrong: string[]; versions: number }> {
  const random = new Random(seed);
  const wrong: string[] = [];
  let next = 0;
  for (let kill = 0; kill < kills; kill++) {
    const { child, written, ready } = startWriter(folder, next);
    await ready;
    // Every other process is killed in its first version, the others in a later one: slow machines, too, get somewhere.
    while (kill % 2 === 0 && written() < next) await wait(1);
    await wait(200 * random.uniform());
    child.kill('SIGKILL');
    await once(child, 'close');
    const found = await versionIn(folder);
    const said = Math.max(next - 1, written());
    if (found !== said && found !== said + 1) wrong.push(`kill ${kill}: ${found}, but version ${said} was written`);
    if (typeof found === 'number') next = found + 1;
  }
  return { wrong, versions: next };
}
