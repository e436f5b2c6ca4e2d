import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINT } from '../../../__fixtures__/mint.js';

/** A `mint fleet worker` in a process of its own, as on another machine. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  /** What it has written to standard error. */
  readonly said: () => string;
}

/** Starts `mint fleet worker` and waits until it waits for jobs. Redis is that of `MINT_REDIS`. */
export async function startWorker(...flags: readonly string[]): Promise<WorkerProcess> {
  const child = spawn(
    process.execPath,
    [...MINT, 'fleet', 'worker', '--device', 'onnx', '--lost-after', '2', ...flags],
    { stdio: ['ignore', 'ignore', 'pipe'], env: process.env },
  );
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  while (!said.includes('waiting for jobs')) {
    if (child.exitCode !== null) throw new Error(`the worker did not start: ${said}`);
    await sleep(50);
  }
  return { child, said: () => said };
}
