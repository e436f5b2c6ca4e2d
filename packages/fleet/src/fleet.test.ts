import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryFolder } from '@mint/test-utils';
import { hasRedis, needsRedis, type RedisServer, startRedis } from '@mint/test-utils/redis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler, images, lineOf, linesIn } from './__fixtures__/lines.js';
import { cut, type Fleet, type FleetWorker, type NewBatch, openFleet, type WorkOptions } from './index.js';

const folder = temporaryFolder();
let redis: RedisServer;
const open: { readonly stop: () => Promise<void> }[] = [];

beforeEach(async () => {
  if (hasRedis) redis = await startRedis(join(folder.path, 'redis'));
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
  if (hasRedis) await redis.stop();
});

const out = () => join(folder.path, 'out');

async function fleetOf(version = '1.0.0'): Promise<Fleet> {
  const fleet = await openFleet(redis.url, { version });
  open.push({ stop: fleet.close });
  return fleet;
}

async function workerOf(fleet: Fleet, options: Partial<WorkOptions> = {}): Promise<FleetWorker> {
  const worker = await fleet.work({ handlers: { lines: handler(0) }, lostAfter: 1, ...options });
  open.push(worker);
  return worker;
}

const batchOf = (items: readonly string[], more: Partial<NewBatch> = {}): NewBatch => ({
  kind: 'lines',
  out: out(),
  settings: {},
  cuts: [...cut(items, 8)],
  ...more,
});

const finished = (fleet: Fleet, id: string) =>
  vi.waitFor(
    async () => {
      const [batch] = (await fleet.status(id)).batches;
      expect(batch?.isFinished).toBe(true);
      return batch;
    },
    { timeout: 20_000, interval: 30 },
  );

describe.skipIf(!hasRedis)(needsRedis('a fleet'), () => {
  test('gives exactly one result for each image, in order, and lists those that cannot be read', async () => {
    const fleet = await fleetOf();
    const items = [...images(100), '/share/bad.png', ...images(120).slice(100)];
    const { id, added } = await fleet.submit(batchOf(items));
    expect(added).toBe(16);
    expect(await fleet.status()).toMatchObject({ waiting: 16, active: 0, workers: [] });
    await workerOf(fleet);
    await workerOf(await fleetOf());
    const batch = await finished(fleet, id);
    expect(batch).toMatchObject({ done: 121, jobsDone: 16, unreadable: 1, failed: 0, rate: 0 });
    expect(linesIn(out())).toEqual(items.map(lineOf));
    expect(linesIn(out(), 'unreadable.jsonl')).toEqual([lineOf('/share/bad.png')]);
    expect((await fleet.status()).workers).toHaveLength(2);
  });

  test('a second submission adds nothing: while it waits, when it is done, and when Redis has forgotten it', async () => {
    const fleet = await fleetOf();
    const batch = batchOf(images(50));
    expect(await fleet.submit(batch)).toMatchObject({ added: 7, isFinished: false });
    expect(await fleet.submit(batch)).toMatchObject({ added: 0, isFinished: false });
    const worker = await workerOf(fleet);
    const { id } = await fleet.submit(batch);
    await finished(fleet, id);
    expect(await fleet.submit(batch)).toMatchObject({ added: 0, isFinished: true });
    await worker.stop();
    await fleet.close();
    open.splice(0);
    await redis.stop();
    await rm(join(folder.path, 'redis'), { recursive: true });
    redis = await startRedis(join(folder.path, 'redis'));
    expect(await (await fleetOf()).submit(batch)).toMatchObject({ added: 0, isFinished: true });
    expect(linesIn(out())).toEqual(images(50).map(lineOf));
  });

  test('refuses a store with the results of another batch', async () => {
    const fleet = await fleetOf();
    await fleet.submit(batchOf(images(10)));
    await expect(fleet.submit(batchOf(images(11)))).rejects.toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('another batch'),
      }),
    );
    await expect(fleet.submit(batchOf([]))).rejects.toThrow('at least one image');
  });

  test('a job that fails is given up with its reason, and retry does it again', async () => {
    const fleet = await fleetOf();
    let isBroken = true;
    const said: string[] = [];
    const flaky: WorkOptions['handlers'] = {
      lines: async (job) => {
        if (isBroken && job.items.includes('/share/part-000009.png')) throw new Error('no model here');
        return handler(0)(job);
      },
    };
    await workerOf(fleet, { handlers: flaky, say: (text) => said.push(text) });
    const { id } = await fleet.submit(batchOf(images(24)), { retryAfter: 20 });
    const failed = async () => {
      const [batch] = (await fleet.status(id)).batches;
      expect(batch).toMatchObject({ jobsDone: 2, failed: 1 });
      return batch;
    };
    const batch = await vi.waitFor(failed, { timeout: 30_000, interval: 100 });
    expect(batch?.failures).toEqual([{ job: `${id}-1`, reason: 'no model here' }]);
    expect(said.at(-1)).toContain('no model here');
    isBroken = false;
    expect(await fleet.retry(id)).toEqual({ failed: 1, unreadable: 0 });
    await finished(fleet, id);
    expect(linesIn(out())).toEqual(images(24).map(lineOf));
  });

  test('retry reads images again that could not be read, in place of the old results', async () => {
    const fleet = await fleetOf();
    let isAway = true;
    const away: WorkOptions['handlers'] = {
      lines: async (job) => {
        const lines = await handler(0)(job);
        return isAway
          ? lines.map((line, i) =>
              job.items[i]?.endsWith('3.png')
                ? JSON.stringify({ picture: job.items[i], decision: 'unreadable', error: 'gone' })
                : line,
            )
          : lines;
      },
    };
    await workerOf(fleet, { handlers: away });
    const { id } = await fleet.submit(batchOf(images(40)));
    expect(await finished(fleet, id)).toMatchObject({ unreadable: 4 });
    isAway = false;
    expect(await fleet.retry()).toEqual({ failed: 0, unreadable: 4 });
    expect(await finished(fleet, id)).toMatchObject({ done: 40, unreadable: 0 });
    expect(linesIn(out())).toEqual(images(40).map(lineOf));
    expect(linesIn(out(), 'unreadable.jsonl')).toEqual([]);
  });

  test('the line goes before the archive', async () => {
    const fleet = await fleetOf();
    const order: string[] = [];
    const noting: WorkOptions['handlers'] = {
      lines: async (job) => {
        order.push(job.batch.priority);
        return handler(0)(job);
      },
    };
    await fleet.submit(batchOf(images(40)));
    const line = await fleet.submit(
      batchOf(images(16), { out: join(folder.path, 'line'), priority: 'line' }),
    );
    await workerOf(fleet, { handlers: noting });
    await finished(fleet, line.id);
    await vi.waitFor(() => expect(order).toHaveLength(7), 10_000);
    expect(order.slice(0, 2)).toEqual(['line', 'line']);
  });

  test('a submitter waits while too many jobs wait, and a line does not wait for an archive', async () => {
    const fleet = await fleetOf();
    let submitted = false;
    const submission = fleet.submit(batchOf(images(200)), { ahead: 5 }).then(() => {
      submitted = true;
    });
    await vi.waitFor(async () => expect((await fleet.status()).waiting).toBe(5), 10_000);
    await wait(700);
    expect(submitted).toBe(false);
    expect((await fleet.status()).waiting).toBe(5);
    await fleet.submit(batchOf(images(8), { out: join(folder.path, 'line'), priority: 'line' }), {
      ahead: 5,
    });
    await workerOf(fleet);
    await submission;
    await vi.waitFor(() => expect(linesIn(out())).toEqual(images(200).map(lineOf)), {
      timeout: 20_000,
      interval: 100,
    });
  });

  test('all workers together keep the rate of a source', async () => {
    const fleet = await fleetOf();
    const started: { readonly source: string; readonly at: number }[] = [];
    const handlers: WorkOptions['handlers'] = {
      lines: async (job) => {
        started.push({ source: job.items[0]?.split('/')[1] ?? '', at: performance.now() });
        return handler(0)(job);
      },
    };
    const items = [...images(32), ...images(32).map((name) => name.replace('share', 'disk'))];
    const cuts = [...cut(items, 8, (item) => item.split('/')[1] ?? '')];
    // 8 images at 40 a second: a job of each source every 200 ms.
    const { id } = await fleet.submit({ ...batchOf([]), cuts, rate: 40 });
    await workerOf(fleet, { handlers });
    await workerOf(await fleetOf(), { handlers });
    await finished(fleet, id);
    for (const source of ['share', 'disk']) {
      const times = started.filter((one) => one.source === source).map(({ at }) => at);
      expect(times).toHaveLength(4);
      // The clock of Redis, the worker's and a timer differ by some milliseconds.
      expect((times[3] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(3 * 200 - 30);
    }
  });

  test('a worker of another major version takes no job, and says whose jobs wait', async () => {
    const fleet = await fleetOf('1.4.2');
    const { id } = await fleet.submit(batchOf(images(16)));
    const other = await fleetOf('2.0.0');
    expect(await other.notes()).toEqual([
      '2 jobs wait for workers of version 1; this is version 2.0.0, which takes none of them.',
    ]);
    await workerOf(other);
    await wait(500);
    expect((await fleet.status(id)).batches[0]).toMatchObject({ done: 0 });
    await workerOf(await fleetOf('1.9.0'));
    await finished(fleet, id);
    expect(await other.notes()).toEqual([]);
  });

  test('a worker that is stopped ends the job at hand and takes no other', async () => {
    const fleet = await fleetOf();
    const { id } = await fleet.submit(batchOf(images(80)));
    const worker = await workerOf(fleet, { handlers: { lines: handler(20) } });
    await vi.waitFor(async () => expect((await fleet.status()).active).toBe(1), 10_000);
    await worker.stop();
    const { batches, active, waiting } = await fleet.status(id);
    expect(active).toBe(0);
    expect(waiting + (batches[0]?.jobsDone ?? 0)).toBe(10);
    expect(waiting).toBeGreaterThan(0);
  });
});

test.skipIf(!hasRedis)(
  needsRedis('an address where no Redis answers is reported without its password'),
  async () => {
    const nowhere = openFleet('redis://user:secret@127.0.0.1:1', { version: '1.0.0' });
    await expect(nowhere).rejects.toThrow(
      expect.objectContaining({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/redis:\/\/user:\*\*\*@127/),
      }),
    );
    await expect(openFleet('http://127.0.0.1', { version: '1.0.0' })).rejects.toThrow('redis://host:6379');
  },
);
