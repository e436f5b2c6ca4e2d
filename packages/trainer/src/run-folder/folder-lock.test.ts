import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockFolder, lockWhenFree } from '@mint/internal/node';
import { temporaryFolder } from '@mint/test-utils';
import { describe, expect, test, vi } from 'vitest';

const folder = temporaryFolder();
const script = fileURLToPath(new URL('../__fixtures__/lock-holder.ts', import.meta.url));

/** Puts a process into a PID namespace of its own, where it is number 1, as in a container. */
const CONTAINER = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const hasContainers = spawnSync(CONTAINER[0] ?? '', [...CONTAINER.slice(1), 'true']).status === 0;

/** Starts a process that claims the folder, and waits for its last word. */
async function holder(
  container: readonly string[] = [],
  ...more: string[]
): Promise<{ child: ChildProcess; said: string }> {
  const flags = ['--conditions=@mint/source', '--import', import.meta.resolve('tsx'), script, folder.path];
  const [command = '', ...rest] = [...container, process.execPath, ...flags, ...more];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
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
  expect(notes).toEqual([
    expect.stringContaining(`process ${first.child.pid} on ${hostname()}, which used it since 20`),
  ]);
  await expect(lockFolder(folder.path)).rejects.toThrow(`process ${process.pid}`);
  release();
  expect(await claims()).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'a later process with the number of a dead one does not hold its claim',
  async () => {
    const release = await lockFolder(folder.path);
    const [own = ''] = await claims();
    const claim = JSON.parse(await readFile(join(folder.path, own), 'utf8'));
    release();
    await writeFile(join(folder.path, '.lock-000000000000.json'), JSON.stringify({ ...claim, birth: '1' }));
    (await lockFolder(folder.path))();
    expect(await claims()).toEqual([]);
  },
);

/** Makes a claim look as if its last sign of life was some seconds ago. */
async function silent(seconds: number): Promise<void> {
  for (const name of await claims()) {
    const time = new Date(Date.now() - 1000 * seconds);
    await utimes(join(folder.path, name), time, time);
  }
}

test('a claim of another host or boot, or an unreadable one, holds for a minute after its last sign of life', async () => {
  const claim = { pid: process.pid, host: hostname(), since: '2026-01-01T00:00:00.000Z', birth: '1' };
  for (const text of [
    JSON.stringify({ ...claim, host: 'elsewhere', space: 'a boot' }),
    // The same number on a host of the same name, as every container of a service may have.
    JSON.stringify({ ...claim, space: 'another boot' }),
    '{',
  ]) {
    await writeFile(join(folder.path, '.lock-000000000000.json'), text);
    await silent(50);
    await expect(lockFolder(folder.path)).rejects.toThrow('free 60 s after its last sign of life');
    expect(await claims()).toHaveLength(1);
    await silent(61);
    const notes: string[] = [];
    (await lockFolder(folder.path, (note) => notes.push(note)))();
    expect(notes).toHaveLength(1);
    expect(await claims()).toEqual([]);
  }
});

describe.skipIf(!hasContainers)('containers with one host name', () => {
  test('the claim of a container holds while it lives, and does not lock its successor out for ever', async () => {
    const first = await holder(CONTAINER);
    expect(first.said).toBe('held\n');
    // Number 1 here is another process, and number 1 in the next container is another one again.
    await expect(lockFolder(folder.path)).rejects.toThrow(`process 1 on ${hostname()}`);
    const second = await holder(CONTAINER);
    expect(second.said).toBe('refused\n');
    await end(first, true);
    await end(second, true);
    await silent(61);
    const third = await holder(CONTAINER);
    expect(third.said).toMatch(/^note .*process 1 on .*\nheld\n$/);
    await end(third, true);
  });

  test('the claim of the machine holds in a container, where nobody has its number', async () => {
    const release = await lockFolder(folder.path);
    const { child, said } = await holder(CONTAINER);
    expect(said).toBe('refused\n');
    await end({ child }, true);
    release();
  });
});

test('a holder whose event loop is busy gives signs of life; one whose claim was removed learns it', async () => {
  const first = await holder([], 'busy');
  const [name = ''] = await claims();
  const path = join(folder.path, name);
  await silent(50);
  await vi.waitFor(async () => expect(Date.now() - (await stat(path)).mtimeMs).toBeLessThan(20_000), {
    timeout: 20_000,
    interval: 200,
  });
  await end(first, true);
  const lost = await new Promise<Error>((resolve, reject) => {
    lockFolder(folder.path, undefined, resolve).then(async () => {
      for (const claim of await claims()) await rm(join(folder.path, claim));
    }, reject);
  });
  expect(lost).toMatchObject({ code: 'IN_USE', message: expect.stringContaining('taken it over') });
  // And does not make it again.
  expect(await claims()).toEqual([]);
});

test('work of a moment waits for its turn', async () => {
  let inside = 0;
  const work = async () => {
    const release = await lockWhenFree(folder.path);
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    inside -= 1;
    release();
  };
  await Promise.all([work(), work(), work()]);
  const release = await lockFolder(folder.path);
  await expect(lockWhenFree(folder.path, 100)).rejects.toThrow(expect.objectContaining({ code: 'IN_USE' }));
  release();
});

test('of processes that start together, beside a dead claim, one gets the folder', async () => {
  await end(await holder(), true);
  const all = await Promise.all(Array.from({ length: 4 }, () => holder()));
  const held = all.filter(({ said }) => said.endsWith('held\n'));
  expect(held).toHaveLength(1);
  expect(all.filter(({ said }) => said.endsWith('refused\n'))).toHaveLength(3);
  for (const one of held) await end(one);
});
