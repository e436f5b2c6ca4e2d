import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '@mint/internal';

const script = fileURLToPath(new URL('./training-process.ts', import.meta.url));
const KEPT = 3;

export interface KilledTrainings {
  /** Kills by what the process was at, as the files it left tell. */
  readonly kills: { beforeFirst: number; writing: number; pruning: number; between: number };
  /** Runs that were killed and resumed until they ended. */
  readonly runs: number;
  /** What is not as in the run that nobody killed. */
  readonly wrong: readonly string[];
}

/**
 * Trains once undisturbed, then again and again with processes that are killed (SIGKILL) and resumed, until there were
 * `kills`: one in ten at its start, the others some steps later at a random moment, or as soon as they then begin to write a
 * checkpoint. Every run must end with the weights and the log of the undisturbed one, bit for bit.
 */
export async function killTrainings(
  folder: string,
  { backend, kills, seed }: { readonly backend: string; readonly kills: number; readonly seed: number },
): Promise<KilledTrainings> {
  const random = new Random(seed);
  const at = { beforeFirst: 0, writing: 0, pruning: 0, between: 0 };
  const wrong: string[] = [];
  const whole = join(folder, 'whole');
  const expected = await life(start(backend, whole));
  if (expected === undefined) throw new Error('the undisturbed training did not end');
  const log = await logOf(whole);
  let [done, runs] = [0, 0];
  while (done < kills) {
    const run = join(folder, `run-${runs}`);
    const checkpoints = join(run, 'checkpoints');
    await mkdir(checkpoints, { recursive: true });
    let result: string | undefined;
    while (result === undefined) {
      const child = start(backend, run);
      if (done < kills && random.uniform() < 0.1) void wait(1000 * random.uniform()).then(() => child.kill('SIGKILL'));
      const steps = 2 + random.int(6);
      const kill = () => killSoon(child, checkpoints, random);
      result = await life(child, (taken) => taken === steps && done < kills && void kill());
      if (result !== undefined) continue;
      done += 1;
      const left = await readdir(checkpoints);
      const whole = left.filter((name) => name.startsWith('step-')).length;
      if (left.some((name) => name.endsWith('.part'))) at.writing += 1;
      else if (whole > KEPT + 1) at.pruning += 1;
      else if (whole === 0) at.beforeFirst += 1;
      else at.between += 1;
    }
    runs += 1;
    if (result !== expected) wrong.push(`run ${runs}: its weights are ${result}, not ${expected}`);
    if ((await logOf(run)) !== log) wrong.push(`run ${runs}: its log is another`);
    const left = await readdir(checkpoints);
    // The best epoch's is kept as well.
    if (left.length < KEPT || left.length > KEPT + 1) wrong.push(`run ${runs}: left ${left.join(', ')}`);
  }
  return { kills: at, runs, wrong };
}

/** Kills a process that trains, at a moment that `random` chooses. */
async function killSoon(child: ChildProcess, checkpoints: string, random: Random): Promise<void> {
  await wait(100 * random.uniform());
  if (random.uniform() < 0.5) {
    child.kill('SIGKILL');
    return;
  }
  const watcher = watch(checkpoints, (_, name) => {
    if (name?.endsWith('.part')) child.kill('SIGKILL');
  });
  child.once('exit', () => watcher.close());
}

/** What a process has learned, or undefined when it was killed. `onStep` gets the number of steps it has taken. */
async function life(child: ChildProcess, onStep?: (taken: number) => void): Promise<string | undefined> {
  let [said, errors, taken] = ['', '', 0];
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout?.on('data', (chunk) => {
    said += chunk;
    while (taken < said.split('step\n').length - 1) {
      taken += 1;
      onStep?.(taken);
    }
  });
  const [code, signal] = await once(child, 'close');
  if (code === 0) return /^done (\w+)$/m.exec(said)?.[1];
  if (signal !== 'SIGKILL') throw new Error(`a training ended with exit code ${code}: ${errors}`);
  return undefined;
}

function start(backend: string, folder: string): ChildProcess {
  const flags = ['--conditions=@mint/source', '--import', import.meta.resolve('tsx'), script];
  return spawn(process.execPath, [...flags, backend, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Every line of a log, without what the clock decides; throws at a torn one. */
async function logOf(run: string): Promise<string> {
  const text = await readFile(join(run, 'log.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.stringify({ ...JSON.parse(line), ms: 0 }))
    .join('\n');
}
