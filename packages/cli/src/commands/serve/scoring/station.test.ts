import { MintError } from '@mint/internal';
import { afterEach, expect, test, vi } from 'vitest';
import type { Picture } from '../../../output/picture.js';
import type { Engine, Outcome, ReadImage } from './engine.js';
import { Station, type StationOptions } from './station.js';

/** An engine whose every step waits until the test lets it go. */
function steps() {
  const log: string[] = [];
  const gates = new Map<string, { resolve: (value?: unknown) => void; reject: (error: unknown) => void }>();
  const step = (name: string) => {
    log.push(name);
    return new Promise((resolve, reject) => gates.set(name, { resolve, reject }));
  };
  const gate = async (name: string) => {
    await vi.waitFor(() => expect(gates.has(name)).toBe(true));
    const found = gates.get(name);
    gates.delete(name);
    if (found === undefined) throw new Error(name);
    return found;
  };
  const engine: Engine = {
    model: { id, classes: ['nut'], heatmaps: true, tiles: false },
    identify: async () => id,
    read: async ({ name, bytes }) => {
      await step(`read ${name}`);
      const image = { width: 1, height: 1, data: bytes };
      return { image: { image, size: image }, hash: `hash of ${name}` } satisfies ReadImage;
    },
    score: async (tasks) => {
      const names = tasks.map(({ name }) => name).join('');
      return ((await step(`score ${names}`)) ?? tasks.map(() => outcome)) as Outcome[];
    },
    selfTest: async () => void (await step('test')),
    state: async () => state,
    setLimit: async () => state,
    close: async () => {},
  };
  return { engine, log, gate, go: async (name: string) => (await gate(name)).resolve() };
}

const id = { version: '1', hash: 'a', scoring: 'a' };
const state = { limits: [], drift: [] };
const picture: Picture = { width: 1, height: 1, pixels: new Uint8Array(3), frame: [0, 0, 1, 1] };
const outcome: Outcome = {
  decision: { score: 1, decision: 'ok' },
  picture,
  measured: { maximum: 1, brightness: 9 },
};
const said: string[] = [];
afterEach(() => said.splice(0));

function start(engine: Engine, options: Partial<StationOptions> = {}) {
  const station = new Station(engine, {
    batchSize: 2,
    readers: 2,
    say: (text) => said.push(text),
    retryAfter: 10,
    ...options,
  });
  const send = (name: string, signal = new AbortController().signal) => {
    const state = { done: false, result: undefined as unknown };
    const promise = station
      .score({ name, bytes: new Uint8Array(3) }, { heatmap: false }, signal)
      .catch((error) => error)
      .then((result) => Object.assign(state, { done: true, result }));
    return { state, promise };
  };
  return { station, send };
}

test('reads a few files at a time and never more than the next batch; a batch is scored while the next is read', async () => {
  const { engine, log, go } = steps();
  const { station, send } = start(engine);
  const sent = [...'abcdefg'].map((name) => send(name));
  expect(log).toEqual(['read a', 'read b']);
  await go('read b');
  // The first image does not wait for others.
  await vi.waitFor(() => expect(log).toContain('score b'));
  await vi.waitFor(() => expect(log).toEqual(['read a', 'read b', 'score b', 'read c']));
  await go('read a');
  await go('read c');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(log).toHaveLength(4); // two images wait for the network: nothing more is read
  expect(station.waiting).toBe(6);
  await go('score b');
  await vi.waitFor(() => expect(log).toContain('score ac'));
  for (const name of ['d', 'e']) await go(`read ${name}`);
  await go('score ac');
  for (const name of ['f', 'g']) await go(`read ${name}`);
  await go('score de');
  const closed = station.close();
  await go('score fg');
  await closed;
  expect((await Promise.all(sent.map(({ promise }) => promise))).map(({ result }) => result)).toEqual(
    [...'abcdefg'].map((name) => ({ ...outcome, imageHash: `hash of ${name}` })),
  );
});

test('a model that keeps images at their own size has two of them in memory at most', async () => {
  const { engine, log, go } = steps();
  const { send } = start({ ...engine, model: { ...engine.model, tiles: true } });
  for (const name of 'abcd') send(name);
  expect(log).toEqual(['read a']);
  await go('read a');
  await vi.waitFor(() => expect(log).toEqual(['read a', 'score a', 'read b']));
  await go('read b');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(log).toHaveLength(3);
});

test('aborted images leave at once while they wait, and after the work under way otherwise', async () => {
  const { engine, log, go } = steps();
  const { station, send } = start(engine, { batchSize: 1 });
  const controller = new AbortController();
  const [reading, waiting] = [send('a', controller.signal), send('b', controller.signal)];
  const other = send('c');
  controller.abort(new Error('gone'));
  await waiting.promise;
  expect(waiting.state.result).toEqual(new Error('gone'));
  expect(reading.state.done).toBe(false); // its file is still in use
  await go('read a');
  await reading.promise;
  expect(reading.state.result).toEqual(new Error('gone'));
  await go('read c');
  await go('score c');
  await other.promise;
  expect(log).toEqual(['read a', 'read c', 'score c']);
  expect(station.waiting).toBe(0);
  await expect(send('d', controller.signal).promise).resolves.toMatchObject({ result: new Error('gone') });
});

test('an aborted image that was read is dropped before it is scored', async () => {
  const { engine, log, go } = steps();
  const { send } = start(engine, { batchSize: 1 });
  const controller = new AbortController();
  const first = send('a');
  const second = send('b', controller.signal);
  await go('read a');
  await go('read b');
  await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort(new Error('gone'));
  await second.promise;
  await go('score a');
  await first.promise;
  expect(log).not.toContain('score b');
});

test('a failed batch takes the station out of service until the self-test passes; waiting images are then scored', async () => {
  const { engine, log, gate, go } = steps();
  const { station, send } = start(engine, { batchSize: 1 });
  const [bad, good] = [send('a'), send('b')];
  await go('read a');
  await go('read b');
  (await gate('score a')).reject(new Error('no memory'));
  await bad.promise;
  expect(bad.state.result).toMatchObject({ code: 'COMPUTE_FAILED', message: 'computing failed: no memory' });
  expect(station.inService).toBe(false);
  await go('test');
  await go('score b');
  await good.promise;
  expect(good.state.result).toEqual({ ...outcome, imageHash: 'hash of b' });
  expect(station.inService).toBe(true);
  expect(said).toEqual([
    'out of service: computing failed: no memory; the self-test runs',
    'in service again: the self-test has passed',
  ]);
  expect(log).toEqual(['read a', 'score a', 'read b', 'test', 'score b']);
});

test('a failed self-test refuses what waits and what comes, is repeated, and is reported once', async () => {
  const { engine, gate, go } = steps();
  const { station, send } = start(engine, { batchSize: 1 });
  const [bad, next] = [send('a'), send('b')];
  await go('read a');
  (await gate('score a')).resolve([{ notFinite: true }]);
  await bad.promise;
  expect(bad.state.result).toMatchObject({
    message: 'the score of the image with SHA-256 hash of a is not finite',
  });
  (await gate('test')).reject(new MintError('COMPUTE_FAILED', 'NaN again.'));
  await go('read b');
  await next.promise;
  expect(next.state.result).toMatchObject({ status: 503 });
  await expect(send('c').promise).resolves.toMatchObject({ result: { status: 503 } });
  (await gate('test')).reject(new MintError('COMPUTE_FAILED', 'NaN again.'));
  expect(station.inService).toBe(false);
  await go('test');
  await vi.waitFor(() => expect(station.inService).toBe(true));
  expect(said.map((text) => text.split(':')[0])).toEqual([
    'out of service',
    'the self-test has failed, and is repeated until it passes',
    'in service again',
  ]);
});

test('an error about one image of a batch is its own', async () => {
  const { engine, gate, go } = steps();
  const { station, send } = start(engine, { batchSize: 1 });
  const sent = send('a');
  await go('read a');
  (await gate('score a')).resolve([{ code: 'IMAGE_TOO_LARGE', message: 'too many tiles' }]);
  await sent.promise;
  expect(sent.state.result).toMatchObject({ code: 'IMAGE_TOO_LARGE', message: 'too many tiles' });
  expect(station.inService).toBe(true);
});
