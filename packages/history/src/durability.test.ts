import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@mint/test-utils';
import { bundleForNode } from '@mint/test-utils/node-bundle';
import { hasSmallDisk, needsSmallDisk, smallDisk } from '@mint/test-utils/small-disk';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { decision } from './__fixtures__/decisions.js';
import { failure, openDatabase } from './database.js';
import { openHistory } from './history.js';
import { createWriter } from './write.js';

const work = temporaryFolder();
const PACKAGES = ['better-sqlite3', 'hyparquet-writer', 'kysely', 'pg'];
/** `KILLS=200` for the long run. */
const KILLS = Number(process.env.KILLS ?? 4);

test(`no acknowledged decision is lost when the process is killed (${KILLS} times)`, {
  timeout: 30_000 + KILLS * 5_000,
}, async () => {
  const where = join(work.path, 'killed.sqlite');
  const program = fileURLToPath(
    new URL(`../node_modules/.write-until-killed-${process.pid}.mjs`, import.meta.url),
  );
  await bundleForNode(new URL('./__fixtures__/write-until-killed.ts', import.meta.url), program, PACKAGES);
  const acknowledged = new Set<number>();
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [program, where], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      // Killed at another moment of its writing each time.
      if (text === '') setTimeout(() => child.kill('SIGKILL'), (kill * 37) % 400);
      text += chunk;
    });
    await closed;
    // A line that the kill cut off is no acknowledgement.
    for (const line of text.split('\n').slice(0, -1)) acknowledged.add(Number(line));
  }
  await rm(program);
  const history = await openHistory(where);
  const stored = new Set<number>();
  for await (const { id } of history.all()) stored.add(id);
  expect(acknowledged.size).toBeGreaterThan(KILLS * 4);
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
  expect(await history.check()).toEqual([]);
  await history.close();
});

test('a full disk is reported by name, and what was recorded before stays readable', async () => {
  const where = join(work.path, 'full.sqlite');
  const database = await openDatabase(where);
  const writer = createWriter(database);
  // SQLite's own limit gives the same error as a full disk.
  await sql`pragma max_page_count = 60`.execute(database.db);
  let written = 0;
  const error = await (async () => {
    for (let n = 0; n < 5_000; n++, written++) await writer.record(decision(n));
    return undefined;
  })().catch((reason: unknown) => failure(where, reason));
  expect(error).toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining('full.sqlite') });
  await database.db.destroy();
  const history = await openHistory(where);
  expect((await history.counts()).reduce((sum, { count }) => sum + count, 0)).toBe(written);
  expect(await history.check()).toEqual([]);
  // Space that comes back is used.
  await history.record(decision(1));
  await history.close();
});

test.skipIf(!hasSmallDisk)(
  needsSmallDisk('on a disk that is full, writing goes on as soon as there is space again'),
  async () => {
    const folder = join(work.path, 'disk');
    const remove = smallDisk(folder, 3_000);
    const where = join(folder, 'line.sqlite');
    const history = await openHistory(where);
    try {
      await writeFile(join(folder, 'other'), Buffer.alloc(1_000_000));
      const acknowledged: number[] = [];
      const error = await (async () => {
        for (let n = 0; n < 5_000; n++) acknowledged.push(await history.record(decision(n)));
        return undefined;
      })().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining('line.sqlite') });
      expect(acknowledged.length).toBeGreaterThan(20);
      await expect(history.record(decision(6_000))).rejects.toMatchObject({ code: 'DISK_FULL' });
      await rm(join(folder, 'other'));
      acknowledged.push(await history.record(decision(7_000)));
      const stored: number[] = [];
      for await (const { id } of history.all()) stored.push(id);
      expect(stored.toSorted((a, b) => a - b)).toEqual(acknowledged);
      expect(await history.check()).toEqual([]);
    } finally {
      await history.close();
      remove();
    }
  },
);

test('a history of a newer version is refused', async () => {
  const where = join(work.path, 'newer.sqlite');
  const { db } = await openDatabase(where);
  await sql`insert into kysely_migration (name, timestamp) values ('2099-01-01 later', '2099')`.execute(db);
  await db.destroy();
  await expect(openHistory(where)).rejects.toThrow(expect.objectContaining({ code: 'UNSUPPORTED_VERSION' }));
});
