import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '@mint/internal';
import { temporaryFolder } from '@mint/test-utils';
import { hasNetwork, type Network, needsNetwork, otherMachine } from '@mint/test-utils/network';
import { bundleForNode } from '@mint/test-utils/node-bundle';
import { freePort, hasRedis, needsRedis, type RedisServer, startRedis } from '@mint/test-utils/redis';
import { hasSmallDisk, needsSmallDisk, smallDisk } from '@mint/test-utils/small-disk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler, images, lineOf, linesIn } from './__fixtures__/lines.js';
import { cut, type Fleet, openFleet, type WorkOptions } from './index.js';

/** `KILLS=100 IMAGES=5000` for the long run. */
const KILLS = Number(process.env.KILLS ?? 4);
const IMAGES = Number(process.env.IMAGES ?? 400);
const PROGRAM = fileURLToPath(new URL(`../node_modules/.worker-${process.pid}.mjs`, import.meta.url));

const PACKAGES = ['@aws-sdk/client-s3', 'bullmq', 'ioredis'];

const folder = temporaryFolder();
const out = () => join(folder.path, 'out');
let redis: RedisServer;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  if (hasRedis) redis = await startRedis(join(folder.path, 'redis'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  if (hasRedis) await redis.stop();
});

async function fleetAt(url = redis.url): Promise<Fleet> {
  const fleet = await openFleet(url, { version: '1.0.0' });
  ends.push(fleet.close);
  return fleet;
}

async function workerOf(fleet: Fleet, options: Partial<WorkOptions> = {}) {
  const worker = await fleet.work({ handlers: { lines: handler(0) }, lostAfter: 1, ...options });
  ends.push(worker.stop);
  return worker;
}

/** Bundles the program of {@link workerProcess}. */
async function bundleWorker(): Promise<void> {
  await bundleForNode(new URL('./__fixtures__/worker.ts', import.meta.url), PROGRAM, PACKAGES);
  ends.push(() => rm(PROGRAM));
}

/** A worker in a process of its own. @param network - Where it runs. Default: here. */
async function workerProcess(milliseconds: number, network?: Network): Promise<ChildProcess> {
  const url = network === undefined ? redis.url : redis.url.replace('127.0.0.1', network.here);
  const command = [process.execPath, PROGRAM, url, String(milliseconds), '1'] as const;
  const [file, args] = network?.run(...command) ?? [command[0], command.slice(1)];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  ends.push(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

const submit = (fleet: Fleet, items: readonly string[], size = 8) =>
  fleet.submit({ kind: 'lines', out: out(), settings: {}, cuts: [...cut(items, size)] }, { retryAfter: 50 });

const finished = (fleet: Fleet, id: string, timeout = 50_000) =>
  vi.waitFor(async () => expect((await fleet.status(id)).batches[0]?.isFinished).toBe(true), {
    timeout,
    interval: 50,
  });

describe.skipIf(!hasRedis)(needsRedis('one result for each image'), () => {
  test(`when workers are killed (${KILLS} times, ${IMAGES} images)`, {
    timeout: 60_000 + KILLS * 10_000,
  }, async () => {
    await bundleWorker();
    const random = new Random(0);
    const fleet = await fleetAt();
    const items = images(IMAGES);
    const { id } = await submit(fleet, items, 16);
    const workers = await Promise.all([workerProcess(5), workerProcess(5)]);
    for (let kill = 0; kill < KILLS; kill++) {
      const slot = kill % 2;
      await wait(random.int(300));
      const closed = once(workers[slot] as ChildProcess, 'close');
      (workers[slot] as ChildProcess).kill('SIGKILL');
      await closed;
      workers[slot] = await workerProcess(5);
    }
    await finished(fleet, id, 30_000 + KILLS * 5_000);
    expect(linesIn(out())).toEqual(items.map(lineOf));
    expect((await fleet.status(id)).batches[0]).toMatchObject({ done: IMAGES, failed: 0 });
  });

  test('when Redis stops or crashes, and starts again on its append-only file', async () => {
    const fleet = await fleetAt();
    const items = images(160);
    const { id } = await submit(fleet, items);
    await workerOf(fleet, { handlers: { lines: handler(5) } });
    await wait(150);
    await redis.restart('SIGTERM');
    await wait(150);
    await redis.restart('SIGKILL');
    await finished(fleet, id);
    expect(linesIn(out())).toEqual(items.map(lineOf));
  });

  test('when the network is cut while a job is done', async () => {
    const line = await cuttable(Number(new URL(redis.url).port));
    const fleet = await fleetAt();
    const items = images(80);
    const { id } = await submit(fleet, items);
    await workerOf(await fleetAt(`redis://127.0.0.1:${line.port}`), { handlers: { lines: handler(5) } });
    await vi.waitFor(async () => expect((await fleet.status()).active).toBe(1), 10_000);
    // Longer than a worker may be silent: the job goes to another worker, and both give the same result.
    line.cut();
    await workerOf(fleet, { handlers: { lines: handler(5) } });
    await wait(2_500);
    line.mend();
    await finished(fleet, id);
    expect(linesIn(out())).toEqual(items.map(lineOf));
    // The worker that was cut off is back.
    await vi.waitFor(async () => expect((await fleet.status()).workers).toHaveLength(2), 10_000);
  });

  test.skipIf(!hasNetwork)(
    needsNetwork('when the cable to another machine is taken out while it does a job'),
    async () => {
      await bundleWorker();
      const network = otherMachine();
      ends.push(network.remove);
      // Redis listens on the loopback interface only.
      const gate = createServer((near) => {
        const far = connect(Number(new URL(redis.url).port), '127.0.0.1');
        for (const [from, to] of [[near, far] as const, [far, near] as const])
          from.pipe(to).on('error', () => from.destroy());
      }).listen(Number(new URL(redis.url).port), network.here);
      await once(gate, 'listening');
      ends.push(() => gate.close());
      const fleet = await fleetAt();
      const items = images(96);
      const { id } = await submit(fleet, items);
      await workerProcess(10, network);
      await vi.waitFor(
        async () => {
          const { active, batches } = await fleet.status(id);
          expect(active).toBe(1);
          expect(batches[0]?.jobsDone).toBeGreaterThan(1);
        },
        { timeout: 20_000, interval: 10 },
      );
      network.cut();
      // Its job and those that wait are done here.
      await workerOf(fleet, { handlers: { lines: handler(10) } });
      await finished(fleet, id);
      expect(linesIn(out())).toEqual(items.map(lineOf));
      network.mend();
      // The machine is back, and does jobs again.
      const more = images(8).map((name) => name.replace('share', 'more'));
      for (const end of ends.splice(ends.length - 1)) await end();
      const again = await fleet.submit({
        kind: 'lines',
        out: join(folder.path, 'more'),
        settings: {},
        cuts: [...cut(more, 8)],
      });
      await finished(fleet, again.id);
      expect(linesIn(join(folder.path, 'more'))).toEqual(more.map(lineOf));
    },
  );

  test.skipIf(!hasSmallDisk)(
    needsSmallDisk('when the disk of the results is full, and there is space again'),
    async () => {
      const fleet = await fleetAt();
      const items = images(400);
      const remove = smallDisk(out(), 600);
      ends.push(remove);
      await writeFile(join(out(), 'other'), Buffer.alloc(500_000));
      const { id } = await submit(fleet, items);
      await workerOf(fleet);
      const stopped = async () => {
        const { waiting, active, batches } = await fleet.status(id);
        expect(waiting + active).toBe(0);
        expect(batches[0]?.failed).toBeGreaterThan(0);
        return batches[0];
      };
      const batch = await vi.waitFor(stopped, { timeout: 40_000, interval: 100 });
      expect(batch?.jobsDone).toBeGreaterThan(0);
      expect(batch?.failures[0]?.reason).toMatch(/no space left/i);
      await rm(join(out(), 'other'));
      await fleet.retry(id);
      await finished(fleet, id);
      expect(linesIn(out())).toEqual(items.map(lineOf));
    },
  );

  test('when the results cannot be written: jobs are given up with the reason, and retry does them', async () => {
    const fleet = await fleetAt();
    const items = images(40);
    const { id } = await submit(fleet, items);
    // A file where the folder of the parts would be: nothing can be written.
    await writeFile(join(out(), 'parts'), '');
    await workerOf(fleet);
    await vi.waitFor(async () => expect((await fleet.status(id)).batches[0]?.failed).toBe(5), {
      timeout: 20_000,
      interval: 50,
    });
    const [batch] = (await fleet.status(id)).batches;
    expect(batch?.failures[0]?.reason).toMatch(/parts.*cannot be/);
    await rm(join(out(), 'parts'));
    await fleet.retry(id);
    await finished(fleet, id);
    expect(linesIn(out())).toEqual(items.map(lineOf));
  });

  test('when Redis loses everything and the batch is submitted again', async () => {
    const fleet = await fleetAt();
    const items = images(80);
    const { id } = await submit(fleet, items);
    const worker = await workerOf(fleet, { handlers: { lines: handler(5) } });
    await vi.waitFor(
      async () => expect((await fleet.status(id)).batches[0]?.jobsDone).toBeGreaterThan(2),
      10_000,
    );
    await worker.stop();
    for (const end of ends.splice(0).reverse()) await end();
    await redis.stop();
    redis = await startRedis(await mkdtemp(join(tmpdir(), 'mint-redis-')));
    const again = await fleetAt();
    let computed = 0;
    const counting: WorkOptions['handlers'] = {
      lines: async (job) => {
        computed += 1;
        return handler(0)(job);
      },
    };
    expect(await submit(again, items)).toMatchObject({ id, added: 10 });
    await workerOf(again, { handlers: counting });
    await finished(again, id);
    expect(linesIn(out())).toEqual(items.map(lineOf));
    // What was stored is not computed again.
    expect(computed).toBeLessThan(8);
  });

  test('when an image kills the worker that reads it: it is found, and the others of its job have results', async () => {
    const fleet = await fleetAt();
    const items = images(8);
    const { id } = await submit(fleet, items);
    const [, , , killer = ''] = items;
    let deaths = 0;
    // A worker that never answers again and loses its connection is a dead one.
    const deadly: WorkOptions['handlers'] = {
      lines: async ({ items: names, guard }) => {
        const read = async (name: string): Promise<string> => {
          if (name !== killer) return lineOf(name);
          deaths += 1;
          return new Promise(() => {});
        };
        const lines: string[] = [];
        for (const [i, name] of names.entries()) {
          const line = guard === undefined ? await read(name) : await guard(i, () => read(name));
          lines.push(
            typeof line === 'string'
              ? line
              : JSON.stringify({ picture: name, decision: 'unreadable', error: `killed ${line} workers` }),
          );
        }
        return lines;
      },
    };
    const died: Server[] = [];
    for (let worker = 0; worker < 5; worker++) {
      const line = await cuttable(Number(new URL(redis.url).port));
      const mine = await openFleet(`redis://127.0.0.1:${line.port}`, { version: '1.0.0' });
      await mine.work({ handlers: deadly, lostAfter: 1 });
      await vi.waitFor(
        async () => {
          const { batches } = await fleet.status(id);
          expect(deaths > worker || batches[0]?.isFinished).toBe(true);
        },
        { timeout: 15_000, interval: 20 },
      );
      line.cut();
      died.push(line.server);
    }
    await finished(fleet, id);
    expect(deaths).toBe(4);
    expect(linesIn(out(), 'unreadable.jsonl').map((line) => JSON.parse(line))).toEqual([
      { picture: killer, decision: 'unreadable', error: 'killed 3 workers' },
    ]);
    expect(linesIn(out())).toHaveLength(8);
  });
});

/** A way to Redis that can be cut: packets neither arrive nor are refused. */
async function cuttable(target: number) {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      sockets.add(from);
      from.on('data', (data) => isCut || to.write(data));
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    }
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const drop = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  ends.push(() => {
    drop();
    server.close();
  });
  return {
    port,
    server,
    cut: () => {
      isCut = true;
    },
    mend: () => {
      isCut = false;
      // What was swallowed will not come: connections are made again.
      drop();
    },
  };
}
