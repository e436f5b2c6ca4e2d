import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../../bin.ts', import.meta.url));
const work = temporaryFolder();

/** Starts the command as a user does; `end` resolves to its exit code and messages. */
function mint(...args: string[]): {
  child: ChildProcess;
  end: Promise<{ code: number | null; err: string }>;
} {
  const flags = ['--conditions=@mint/source', '--import', import.meta.resolve('tsx'), bin];
  const child = spawn(process.execPath, [...flags, ...args], { cwd: work.path });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return { child, end: once(child, 'close').then(([code]) => ({ code, err })) };
}

/** Steps in the log so far; lines about whole epochs do not count. */
async function steps(): Promise<number[]> {
  const text = await readFile(join(work.path, 'run', 'log.jsonl'), 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return lines
    .map((line) => JSON.parse(line))
    .flatMap(({ loss, step }) => (loss === undefined ? [] : [step]));
}

async function untilSteps(least: number, { child }: { child: ChildProcess }): Promise<void> {
  while ((await steps()).length < least) {
    if (child.exitCode !== null) throw new Error(`the training ended with exit code ${child.exitCode}`);
    await wait(50);
  }
}

test('a training stopped by SIGTERM saves its state, says how to continue, and continues; meanwhile its folder is locked', async () => {
  const dataset = proceduralDataset({ trainPerClass: 3, testGoodPerClass: 0, defectsPerClass: 0, size: 64 });
  await writeMvtec(dataset, join(work.path, 'parts'));
  const args = [
    'train',
    'parts',
    '--out',
    'run',
    '--classes',
    'gear',
    '--preset',
    'quick',
    '--backbone',
    'scattering',
    '--epochs',
    '10000',
  ];
  const first = mint(...args);
  await untilSteps(2, first);
  const second = await mint(...args).end;
  expect(second.code).toBe(1);
  expect(second.err).toContain(`run: in use by process ${first.child.pid}`);
  first.child.kill('SIGTERM');
  const stopped = await first.end;
  expect(stopped).toMatchObject({
    code: 130,
    err: expect.stringMatching(/finishing this step and saving.*--resume/s),
  });
  const before = await steps();

  const resumed = mint(...args, '--resume');
  await untilSteps(before.length + 2, resumed);
  resumed.child.kill('SIGTERM');
  expect(await resumed.end).toMatchObject({ code: 130 });
  const after = await steps();
  expect(after).toEqual(Array.from({ length: after.length }, (_, i) => i + 1));
  expect(after.length).toBeGreaterThan(before.length);
  expect((await readdir(join(work.path, 'run'))).filter((name) => name.startsWith('.'))).toEqual([]);
});
