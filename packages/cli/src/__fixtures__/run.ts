import { type ExecFileOptions, execFile } from 'node:child_process';
import type { Command } from 'commander';
import { vi } from 'vitest';
import { failureOf } from '../failure.js';
import { createProgram } from '../program.js';
import { terminalProgress } from '../shell/progress.js';
import { MINT } from './mint.js';

export { MINT } from './mint.js';

/** Flags of `mint train` for the small network, one epoch, and no weights. */
export const QUICK: readonly string[] = ['--backbone', 'scattering', '--preset', 'quick', '--epochs', '1'];

/** Without colours, even if the program that runs the tests asks for them. */
const { FORCE_COLOR: _, ...env } = process.env;

/** Runs the command as a user does, in a process of its own. */
export const mint = (
  args: readonly string[],
  options: ExecFileOptions = {},
): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const settings = { maxBuffer: 1e7, env, ...options };
    execFile('node', [...MINT, ...args], settings, (error, out, err) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      resolve({ code, out: String(out), err: String(err) });
    });
  });

/** Runs the command inside this process, which is quick; its errors are thrown. */
export async function mintHere(
  args: readonly string[],
  change: (program: Command) => void = () => {},
): Promise<{ code: number; out: string }> {
  let [code, out] = [-1, ''];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  try {
    const program = createProgram({
      progress: terminalProgress(),
      onExit: (exit) => {
        code = exit;
      },
    });
    change(program);
    await program.parseAsync(args, { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return { code, out };
}

/** Runs the command inside this process, in a folder; an error is its line in `err`, as a user sees it. */
export async function mintIn(
  folder: string,
  args: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  const before = process.cwd();
  let err = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
  process.chdir(folder);
  try {
    const done = await mintHere(args);
    return { ...done, err };
  } catch (error) {
    const { exitCode, message } = failureOf(error, 'mint');
    return { code: exitCode, out: '', err: `${err}mint: ${message}\n` };
  } finally {
    process.chdir(before);
    write.mockRestore();
  }
}
