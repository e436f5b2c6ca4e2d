import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockFolder } from '@mint/internal/node';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';

const folder = temporaryFolder();
const script = fileURLToPath(new URL('../__fixtures__/lock-holder.ts', import.meta.url));

/** Starts a process that claims the folder, and waits for its last word. */
async function holder(): Promise<{ child: ChildProcess; said: string }> {
  const flags = ['--conditions=@mint/source', '--import', import.meta.resolve('tsx'), script, folder.path];
  const child = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    if (/^(held|refused)$/m.test(said)) break;
  }
  return { child, said };
}

/** Lets a holder end by itself, or kills it. */
async function end({ child }: { child: ChildProcess }, kill = false): Promise<void> {
  const ended = once(child, 'exit');
  if (kill) child.kill('SIGKILL');
  else child.stdin?.end('end\n');
  if (child.exitCode === null && child.signalCode === null) await ended;
}

const claims = async () => (await readdir(folder.path)).filter((name) => name.startsWith('.lock-'));

test('a folder in use is refused with the process that has it, and is free once that has ended', async () => {
  const first = await holder();
  expect(first.said).toBe('held\n');
  await expect(lockFolder(folder.path)).rejects.toThrow(
    expect.objectContaining({
      code: 'IN_USE',
      message: expect.stringContaining(`in use by process ${first.child.pid} on ${hostname()} since 20`),
    }),
  );
  // It ends by process.exit(), without a chance to tidy up.
  await end(first);
  expect(await claims()).toEqual([]);
  (await lockFolder(folder.path, () => expect.unreachable()))();
  expect(await claims()).toEqual([]);
});

test('the claim of a killed process is taken over with a note', async () => {
  const first = await holder();
  await end(first, true);
  expect(await claims()).toHaveLength(1);
  const notes: string[] = [];
  const release = await lockFolder(folder.path, (note) => notes.push(note));
  expect(notes).toEqual([expect.stringContaining(`process ${first.child.pid}, which used it since 20`)]);
  await expect(lockFolder(folder.path)).rejects.toThrow(`process ${process.pid}`);
  release();
  expect(await claims()).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'a later process with the number of a dead one does not hold its claim',
  async () => {
    const claim = { pid: process.pid, host: hostname(), since: '2026-01-01T00:00:00.000Z', birth: '1' };
    await writeFile(join(folder.path, '.lock-000000000000.json'), JSON.stringify(claim));
    (await lockFolder(folder.path))();
    expect(await claims()).toEqual([]);
  },
);

test('whether a claim of another host, or an unreadable one, still holds is for the user to say', async () => {
  for (const claim of [JSON.stringify({ pid: 1, host: 'elsewhere', since: 'then', birth: '' }), '{']) {
    const path = join(folder.path, '.lock-000000000000.json');
    await writeFile(path, claim);
    await expect(lockFolder(folder.path)).rejects.toThrow(`If that process has ended, remove ${path}.`);
    expect(await claims()).toHaveLength(1);
  }
});

test('of processes that start together, beside a dead claim, one gets the folder', async () => {
  await end(await holder(), true);
  const all = await Promise.all(Array.from({ length: 4 }, holder));
  const held = all.filter(({ said }) => said.endsWith('held\n'));
  expect(held).toHaveLength(1);
  expect(all.filter(({ said }) => said.endsWith('refused\n'))).toHaveLength(3);
  for (const one of held) await end(one);
});
