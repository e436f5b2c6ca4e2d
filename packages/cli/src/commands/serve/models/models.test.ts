import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MintDetector } from '@mint/detector';
import { temporaryFolder } from '@mint/test-utils';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { bmp, tinyDetector } from '../../../__fixtures__/tiny-detector.js';
import type { Picture } from '../../../output/picture.js';
import { modelIdOf } from '../../../scoring/model-id.js';
import { openRecorder, type Recorder } from '../../../scoring/recorder.js';
import { createServer } from '../http/server.js';
import type { Engine } from '../scoring/engine.js';
import { createLocalEngine } from '../scoring/local-engine.js';
import { activated, firstVersion, type ModelStore, openModels, rolledBack, type Version } from './store.js';

const work = temporaryFolder();
const said: string[] = [];
const say = (text: string) => void said.push(text);
let detector: MintDetector;
let app: FastifyInstance | undefined;
let recorder: Recorder | undefined;
let store: ModelStore;
let open = 0;

beforeAll(async () => {
  detector = await tinyDetector();
});
afterAll(() => detector.dispose());

/** Models of one network, whose limits differ by version: 10 raises no alarm for a nut, 9 raises one. */
beforeEach(async () => {
  for (const version of ['parts/9', 'parts/10', 'other/1']) {
    const folder = join(work.path, 'models', version);
    await detector.save(folder);
    const description = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
    description.calibration.thresholds.nut.image = version === 'parts/9' ? 0 : 1e6;
    await writeFile(join(folder, 'model.json'), JSON.stringify(description));
  }
});
afterEach(async () => {
  await app?.close();
  await recorder?.close();
  app = undefined;
  recorder = undefined;
  expect(open).toBe(0);
  said.length = 0;
});

const OPTIONS = { batchSize: 4, readers: 2, queue: 64, maxBytes: 100_000, timeout: 20_000, say };

async function loadReal(folder: string, named: Version): Promise<Engine> {
  const loaded = await (await import('@mint/detector')).MintDetector.load(folder);
  const id = await modelIdOf(folder, named);
  const engine = createLocalEngine(loaded, { ...OPTIONS, maxPixels: 1_000_000, id });
  if (named.version === 'broken') {
    loaded.dispose();
    throw new Error('its self-test has failed');
  }
  open += 1;
  return {
    ...engine,
    close: async () => {
      open -= 1;
      loaded.dispose();
    },
  };
}

/** A model without a network: quick, and its decision says which version it is. */
async function loadFake(_: string, named: Version): Promise<Engine> {
  const id = { ...named, hash: named.version, scoring: '' };
  const decision = {
    score: 1,
    class: 'nut',
    decision: named.version === '9' ? ('alarm' as const) : ('ok' as const),
  };
  const picture: Picture = { width: 1, height: 1, pixels: new Uint8Array(3), frame: [0, 0, 1, 1] };
  const image = { width: 1, height: 1, data: new Uint8Array(3) };
  let isOpen = true;
  open += 1;
  await sleep(5);
  return {
    model: { id, classes: ['nut'], heatmaps: false, tiles: false },
    identify: async () => id,
    read: async () => {
      await sleep(1);
      return { image: { image, size: image }, hash: 'a' };
    },
    score: async (tasks) => {
      await sleep(4);
      if (!isOpen) throw new Error('scored after it was closed');
      return tasks.map(() => ({ decision, picture, measured: { maximum: 1, brightness: 1 } }));
    },
    selfTest: async () => {},
    state: async () => ({ limits: [], drift: [] }),
    setLimit: async () => ({ limits: [], drift: [] }),
    close: async () => {
      isOpen = false;
      open -= 1;
    },
  };
}

async function start(version: Version, shadow?: Version, load = loadReal) {
  store = await openModels(join(work.path, 'models'));
  const history = join(work.path, `${Math.random()}.sqlite`);
  recorder = await openRecorder({ history, station: 'line-3', historyFailure: 'stop' }, say);
  const first = await load(await store.folderOf(version), version);
  await store.write(activated(await store.read(), version));
  app = await createServer(first, { ...OPTIONS, recorder, models: { store, load }, shadow });
  return { app, history: recorder?.history };
}

const post = async (url: string, body?: object) => {
  const request: InjectOptions =
    body === undefined ? { method: 'POST', url } : { method: 'POST', url, payload: body };
  const answer = await app?.inject(request);
  return { status: answer?.statusCode, body: answer?.json() };
};
const predict = async (n: number) => {
  const headers = { 'content-type': 'image/bmp' };
  const request = {
    method: 'POST',
    url: '/v1/predict?class=nut',
    headers,
    payload: Buffer.from(bmp(n)),
  } as const;
  const answer = await app?.inject(request);
  return { status: answer?.statusCode, body: answer?.json() };
};
const states = async () => {
  const { models } = (await app?.inject('/v1/models'))?.json() ?? {};
  return models.map(({ name, version, state }: Record<string, string>) => `${name}/${version} ${state}`);
};

test('20 switches lose no request: each is answered by exactly one version, which its record names', async () => {
  const { history } = await start({ name: 'parts', version: '9' }, undefined, loadFake);
  const answers: ReturnType<typeof predict>[] = [];
  let isSwitching = true;
  const asking = (async () => {
    for (let n = 0; isSwitching; n++) {
      answers.push(predict(1 + (n % 5)));
      await sleep(1);
      await answers.at(-8);
    }
  })();
  for (let n = 0; n < 20; n++) {
    const version = n % 2 === 0 ? '10' : '9';
    const { status, body } = await post('/v1/models/parts/active', { version });
    expect([status, body]).toEqual([200, { active: { name: 'parts', version } }]);
  }
  isSwitching = false;
  await asking;
  const results = await Promise.all(answers);
  expect(results.length).toBeGreaterThan(20);
  const decisions = new Set<string>();
  for (const { status, body } of results) {
    expect(status).toBe(200);
    const { version } = body.model;
    decisions.add(version);
    // The limits of that version, and of no other, have decided.
    expect([version, body.pictures[0].decision]).toEqual(
      version === 'parts/9' ? ['parts/9', 'alarm'] : ['parts/10', 'ok'],
    );
  }
  expect([...decisions].sort()).toEqual(['parts/10', 'parts/9']);
  const rows = (await history?.list({}, { limit: 10_000 })) ?? [];
  expect(rows).toHaveLength(results.length);
  for (const { modelVersion, decision } of rows)
    expect(decision).toBe(modelVersion === 'parts/9' ? 'alarm' : 'ok');
  expect(open).toBe(1);
  expect(await history?.audit({ limit: 100 })).toHaveLength(20);
});

test('a change is noted, and taken back by one call, also after a restart', async () => {
  const { history } = await start({ name: 'parts', version: '9' });
  expect(await states()).toEqual(['other/1 ready to load', 'parts/9 active', 'parts/10 ready to load']);
  expect((await post('/v1/models/parts/rollback')).status).toBe(400);
  await post('/v1/models/parts/active', { version: '10' });
  await post('/v1/models/other/active', { version: '1' });
  expect(await states()).toEqual(['other/1 active', 'parts/9 ready to load', 'parts/10 ready to load']);
  expect(await firstVersion(await openModels(join(work.path, 'models')))).toEqual({
    name: 'other',
    version: '1',
  });
  expect((await post('/v1/models/parts/rollback')).body).toEqual({ active: { name: 'parts', version: '9' } });
  expect((await predict(1)).body.model.version).toBe('parts/9');
  const [last] = (await history?.audit()) ?? [];
  expect(last).toMatchObject({
    action: 'model',
    person: 'local',
    station: 'line-3',
    details: { from: 'other/1', to: 'parts/9' },
  });
});

test('a version that is not there, or does not pass its test, changes nothing', async () => {
  const { history } = await start({ name: 'parts', version: '9' });
  await mkdir(join(work.path, 'models/parts'), { recursive: true });
  await cp(join(work.path, 'models/parts/10'), join(work.path, 'models/parts/broken'), { recursive: true });
  expect((await post('/v1/models/parts/active', { version: 'broken' })).status).toBe(503);
  expect(said.join()).toMatch(/parts\/broken was not put into service: its self-test has failed/);
  for (const version of ['11', '../parts/10', '..', '.', ''])
    expect([400, 404], version).toContain((await post('/v1/models/parts/active', { version })).status);
  expect((await post('/v1/models/parts/active', { version: '11' })).body.error.message).toMatch(
    /no model parts\/11; there are other\/1, parts\/9, parts\/10/,
  );
  expect((await post('/v1/models/parts/active', {})).status).toBe(400);
  expect((await predict(1)).body.model.version).toBe('parts/9');
  expect(await history?.audit()).toEqual([]);
});

test('a second model is scored beside the first, and compared in the record', async () => {
  const { history } = await start({ name: 'parts', version: '9' }, { name: 'parts', version: '10' });
  expect(await states()).toContain('parts/10 shadow');
  for (const n of [1, 2, 3]) expect((await predict(n)).body.model.version).toBe('parts/9');
  const compared = { className: 'nut', model: 'parts/9', shadow: 'parts/10' };
  await expect
    .poll(() => history?.compare())
    .toEqual([{ ...compared, decision: 'alarm', shadowDecision: 'ok', verdict: undefined, count: 3 }]);
  expect((await post('/v1/models/parts/shadow', { version: null })).body).toEqual({ shadow: null });
  await predict(4);
  expect((await history?.compare())?.[0]?.count).toBe(3);
  const actions = ((await history?.audit()) ?? []).map(({ action, person }) => `${action}, ${person}`);
  expect(actions).toEqual(['shadow model, local', 'shadow model, command line']);
});

test('activations keep the order in which versions were in service', () => {
  const put = (version: string, before = {}) =>
    activated({ versions: {}, ...before }, { name: 'a', version });
  const three = put('3', put('2', put('2', put('1'))));
  expect(three.versions.a).toEqual(['3', '2', '1']);
  const { to, ...two } = rolledBack(three, 'a');
  expect([to.version, two.versions.a]).toEqual(['2', ['2', '1']]);
  expect(() => rolledBack(put('1'), 'a')).toThrow(/no other version of a was in service before/);
});

test('a folder without models, or with several names and no choice, says what is expected', async () => {
  await expect(openModels(join(work.path, 'none'))).rejects.toThrow(/expected models as <name>\/<version>/);
  const models = await openModels(join(work.path, 'models'));
  await models.write({ versions: {} });
  await expect(firstVersion(models)).rejects.toThrow(/several models, other, parts: .*--active/);
  await writeFile(join(work.path, 'models/active.json'), '{"active": 3}');
  await expect(firstVersion(models)).rejects.toThrow(/active\.json: expected what mint serve wrote/);
});
