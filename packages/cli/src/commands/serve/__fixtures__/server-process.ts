import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINT } from '../../../__fixtures__/mint.js';

/** A `mint serve` in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  /** What it has written to standard error. */
  readonly said: () => string;
  /** The value of a metric without labels. */
  readonly metric: (name: string) => Promise<number>;
  /** Ends it with SIGTERM. Gives the exit code. */
  readonly stop: () => Promise<number | null>;
  readonly kill: () => void;
}

/** Starts `mint serve` and waits until it listens. */
export async function startServer(...args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...MINT, 'serve', '--port', '0', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const find = () => /^listening at (\S+);/m.exec(text)?.[1];
  while (find() === undefined) {
    if (child.exitCode !== null) throw new Error(`the server did not start: ${text}`);
    await sleep(50);
  }
  const url = find() ?? '';
  return {
    url,
    said: () => text,
    async metric(name) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
    },
    stop: () => {
      child.kill('SIGTERM');
      return exit;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
