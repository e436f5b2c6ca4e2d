import { readdir, readFile } from 'node:fs/promises';
import { getPriority, setPriority } from 'node:os';

/** How far the threads that compute stand behind the event loop, in steps of `nice`. */
const BEHIND = 5;
const LAST = 19;

/**
 * Puts all other threads of this process behind the event loop, so that it answers while every core computes. Only on Linux, where
 * each thread has a priority of its own, which the threads that it starts inherit.
 */
export async function putEventLoopFirst(): Promise<void> {
  if (process.platform !== 'linux') return;
  const ids = await readdir('/proc/self/task').catch(() => []);
  for (const id of ids.map(Number)) {
    const name = await readFile(`/proc/self/task/${id}/comm`, 'utf8').catch(() => '');
    // The collector of the event loop's own objects works for it.
    if (id !== process.pid && !name.startsWith('V8')) lower(id);
  }
}

/** The same for the thread that calls it, or another one. */
export function lower(thread = 0): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(thread, Math.min(LAST, getPriority() + BEHIND));
  } catch {
    // It has ended, or may not be changed.
  }
}
