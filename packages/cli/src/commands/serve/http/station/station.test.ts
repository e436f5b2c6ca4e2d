import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MintDetector } from '@mint/detector';
import { temporaryFolder } from '@mint/test-utils';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { bmp, tinyDetector } from '../../../../__fixtures__/tiny-detector.js';
import { type HistoryFlags, openRecorder, type Recorder } from '../../../../scoring/recorder.js';
import { createLocalEngine } from '../../scoring/local-engine.js';
import { createServer, type ServerOptions } from '../server.js';

const work = temporaryFolder();
const said: string[] = [];
const say = (text: string) => void said.push(text);
let detector: MintDetector;
let app: FastifyInstance;
let recorder: Recorder | undefined;

beforeAll(async () => {
  detector = await tinyDetector();
});
afterAll(() => detector.dispose());
beforeEach(() => detector.save(join(work.path, 'model')));
afterEach(async () => {
  await app.close();
  await recorder?.close();
  recorder = undefined;
  said.length = 0;
  await rm(work.path, { recursive: true, force: true });
});

const folder = () => join(work.path, 'model');

async function start(flags: Partial<HistoryFlags> | false = {}, more: Partial<ServerOptions> = {}) {
  const history = join(work.path, 'line-3.sqlite');
  recorder =
    flags === false
      ? undefined
      : await openRecorder({ history, station: 'line-3', historyFailure: 'stop', ...flags }, say);
  const options = { batchSize: 4, readers: 2, queue: 64, maxBytes: 100_000, timeout: 20_000, say, recorder };
  const engine = createLocalEngine(detector, { ...options, maxPixels: 1_000_000, folder: folder() });
  app = await createServer(engine, { ...options, ...more });
}

const score = async (n: number, query = '?class=nut') => {
  const headers = { 'content-type': 'image/bmp' };
  const answer = await app.inject({
    method: 'POST',
    url: `/v1/predict${query}`,
    headers,
    payload: Buffer.from(bmp(n)),
  });
  expect(answer.statusCode).toBe(200);
};
const get = async (url: string) => {
  const answer = await app.inject(url);
  return { status: answer.statusCode, body: answer.json() };
};
const post = async (url: string, payload: unknown, more: Partial<InjectOptions> = {}) => {
  const answer = await app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    ...more,
  });
  return { status: answer.statusCode, body: answer.json() };
};
const isPng = (bytes: Buffer) => bytes.subarray(1, 4).toString() === 'PNG';

describe('the feed', () => {
  test('gives new decisions once, the newest first, with pictures; it needs no record', async () => {
    await start(false);
    expect((await get('/v1/decisions/live')).body).toEqual({ decisions: [], last: 0 });
    for (const n of [1, 2, 3]) await score(n);
    const { body } = await get('/v1/decisions/live?after=1');
    expect(body.last).toBe(3);
    expect(body.decisions.map(({ number }: { number: number }) => number)).toEqual([3, 2]);
    const [newest] = body.decisions;
    expect(newest).toMatchObject({ class: 'nut', decision: 'alarm', limit: 0, frame: [0, 0, 35, 33] });
    expect(newest.id).toBeUndefined();
    expect(newest.regions[0].outline[0].length).toBeGreaterThan(3);
    for (const path of [newest.pictures.image, newest.pictures.heat]) {
      // The second answer is from what the first has compressed.
      for (const _ of [1, 2]) {
        const answer = await app.inject(path);
        expect(answer.headers['content-type']).toBe('image/png');
        expect(isPng(answer.rawPayload)).toBe(true);
      }
    }
    expect((await get('/v1/decisions/live?after=3')).body).toEqual({ decisions: [], last: 3 });
  });

  test('refuses what it cannot give', async () => {
    await start(false);
    for (const query of ['after=-1', 'after=x', 'limit=0', 'limit=1e9', 'more=1'])
      expect((await get(`/v1/decisions/live?${query}`)).status).toBe(400);
    expect((await get('/v1/decisions/live/7/image')).status).toBe(404);
    expect((await get('/v1/decisions/live/7/passwd')).status).toBe(400);
    const { status, body } = await get('/v1/decisions');
    expect([status, body.error.message]).toEqual([409, expect.stringMatching(/--history/)]);
  });
});

describe('the record', () => {
  test('is listed by filters, in pages', async () => {
    await start();
    for (const n of [1, 2, 3, 4, 5]) await score(n, n % 2 === 1 ? '?class=nut' : '?class=bolt');
    const all = (await get('/v1/decisions')).body;
    expect(all.next).toBeUndefined();
    expect(all.decisions).toHaveLength(5);
    const first = (await get('/v1/decisions?limit=2')).body;
    const second = (await get(`/v1/decisions?limit=3&after=${first.next}`)).body;
    expect([...first.decisions, ...second.decisions]).toEqual(all.decisions);
    expect(second.next).toBeUndefined();
    const count = async (query: string) => (await get(`/v1/decisions?${query}`)).body.decisions.length;
    expect(await count('class=nut')).toBe(3);
    expect(await count('decision=alarm')).toBe(3);
    expect(await count('decision=none&class=bolt')).toBe(2);
    expect(await count('verdict=none')).toBe(5);
    expect(await count('verdict=good')).toBe(0);
    expect(await count('station=line-4')).toBe(0);
    expect(await count(`from=${encodeURIComponent(new Date(Date.now() - 60_000).toISOString())}`)).toBe(5);
    expect(await count('to=2020-01-01')).toBe(0);
    for (const query of ['from=yesterday', 'decision=fine', 'after=1', 'limit=501', 'class=', 'x=1'])
      expect((await get(`/v1/decisions?${query}`)).status).toBe(400);
  });

  test('keeps pictures of alarms, and gives them when the memory has forgotten them', async () => {
    await start({ keepImages: 'alarms' });
    await score(1);
    await score(2, '?class=bolt');
    const [bolt, nut] = (await get('/v1/decisions')).body.decisions;
    await app.close();
    await recorder?.close();
    await start({ keepImages: 'alarms' });
    const whole = (await get(`/v1/decisions/${nut.id}`)).body;
    expect(whole).toMatchObject({ id: nut.id, class: 'nut', limit: 0, frame: [0, 0, 33, 31] });
    expect(whole.regions[0].outline[0].length).toBeGreaterThan(3);
    for (const path of [whole.pictures.image, whole.pictures.heat])
      expect(isPng((await app.inject(path)).rawPayload)).toBe(true);
    expect((await get(`/v1/decisions/${bolt.id}`)).body.pictures).toEqual({});
    expect((await get(`/v1/decisions/${bolt.id}/image`)).status).toBe(404);
    expect((await get('/v1/decisions/999')).status).toBe(404);
    for (const id of ['0', '-1', 'x', '1e99']) expect((await get(`/v1/decisions/${id}`)).status).toBe(400);
  });

  test('takes verdicts; the last one counts', async () => {
    await start();
    await score(1);
    const id = (await get('/v1/decisions/live')).body.decisions[0].id;
    const url = `/v1/decisions/${id}/verdict`;
    const scratch = { verdict: 'defective', kind: 'scratch', person: 'Kim' };
    expect(await post(url, { verdict: 'good' })).toMatchObject({ status: 200, body: { person: 'local' } });
    expect((await post(url, scratch)).body).toMatchObject(scratch);
    expect((await get(`/v1/decisions/${id}`)).body.verdict).toMatchObject(scratch);
    expect((await get('/v1/decisions/live')).body.decisions[0].verdict).toMatchObject(scratch);
    expect((await get('/v1/decisions?verdict=defective')).body.decisions).toHaveLength(1);
    expect((await get('/v1/station')).body).toEqual({
      station: 'line-3',
      classes: ['nut', 'bolt'],
      recorded: true,
      person: { name: 'local', role: 'engineer' },
      kinds: ['scratch'],
    });
  });

  test('refuses verdicts that are none', async () => {
    await start();
    await score(1);
    const status = async (body: unknown, id: string | number = 1) =>
      (await post(`/v1/decisions/${id}/verdict`, body)).status;
    for (const body of [
      {},
      { verdict: 'bad' },
      { verdict: 'good', kind: 'scratch' },
      { verdict: 'defective', kind: 'a\nb' },
      { verdict: 'defective', kind: 'x'.repeat(201) },
      { verdict: 'good', more: 1 },
      [],
      '{"verdict":',
      '{"verdict":"good","__proto__":{"person":"x"}}',
    ])
      expect(await status(body)).toBe(400);
    expect(await status({ verdict: 'good' }, 99)).toBe(404);
    expect(await status(`{"verdict":"good","person":"${'x'.repeat(5000)}"}`)).toBe(413);
    const form = { headers: { 'content-type': 'text/plain' } };
    expect((await post('/v1/decisions/1/verdict', 'verdict=good', form)).status).toBe(415);
    expect((await get('/v1/decisions')).body.decisions[0].verdict).toBeUndefined();
  });
});

describe('limits', () => {
  test('are tried on recorded scores, and set; the audit says who did it', async () => {
    await start();
    for (const n of [1, 2, 3, 4]) await score(n);
    const [first, second] = (await get('/v1/decisions')).body.decisions;
    await post(`/v1/decisions/${first.id}/verdict`, { verdict: 'good' });
    await post(`/v1/decisions/${second.id}/verdict`, { verdict: 'defective' });
    const { body } = await get('/v1/limits/nut');
    expect(body).toMatchObject({
      class: 'nut',
      limit: 0,
      calibrated: 2,
      heldOut: 2,
      alpha: 0.4,
      days: 7,
      recorded: 4,
    });
    expect(body.scores).toEqual(body.scores.toSorted((a: number, b: number) => a - b));
    expect(body.scores).toHaveLength(4);
    expect(body.judged).toEqual({ good: [first.score], defective: [second.score] });
    expect(body.bins.counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(4);
    const { status, body: changed } = await post('/v1/limits/nut', { limit: 1000 });
    expect([status, changed.limit]).toEqual([200, 1000]);
    await score(5);
    expect((await get('/v1/decisions')).body.decisions[0]).toMatchObject({ decision: 'ok', limit: 1000 });
    expect((await post('/v1/limits/nut', { limit: null })).body.limit).toBe(2);
    expect(await recorder?.history.audit()).toMatchObject([
      { station: 'line-3', person: 'local', action: 'limits', details: { class: 'nut', from: 1000, to: 2 } },
      { details: { class: 'nut', from: 0, to: 1000 } },
    ]);
    expect(said).toContainEqual('local has changed the limit of nut from 0 to 1000');
  });

  test('stay when they cannot be noted, or are none', async () => {
    await start();
    const status = async (body: unknown, name = 'nut') => (await post(`/v1/limits/${name}`, body)).status;
    for (const body of [{}, { limit: -1 }, { limit: 'high' }, { limit: 1, more: 2 }, '{"limit":1e999}'])
      expect(await status(body)).toBe(400);
    expect(await status({ limit: 3 }, 'bolt')).toBe(400); // has no limits
    expect(await status({ limit: 3 }, 'washer')).toBe(400);
    expect((await get('/v1/limits/washer')).status).toBe(404);
    expect((await get('/v1/limits/nut?days=0')).status).toBe(400);
    if (recorder === undefined) throw new Error('no record');
    vi.spyOn(recorder.history, 'addAudit').mockRejectedValue(new Error('disk full'));
    expect(await status({ limit: 3 })).toBe(503);
    expect((await get('/v1/limits')).body.limits[0].limit).toBe(0);
    await detector.save(folder());
  });

  test('are not set by an operator', async () => {
    const find = async (token: string) =>
      ({ kim: { name: 'Kim', role: 'operator' as const, hash: '' } })[token];
    await start({}, { access: { kind: 'tokens', find } });
    const kim = { authorization: 'Bearer kim', 'content-type': 'application/json' };
    await app.inject({
      method: 'POST',
      url: '/v1/predict',
      headers: { ...kim, 'content-type': 'image/bmp' },
      payload: Buffer.from(bmp(1)),
    });
    const body = { verdict: 'good', person: 'Somebody else' };
    expect((await post('/v1/decisions/1/verdict', body)).status).toBe(401);
    expect((await post('/v1/decisions/1/verdict', body, { headers: kim })).body.person).toBe('Kim');
    expect((await post('/v1/limits/nut', { limit: 3 }, { headers: kim })).status).toBe(403);
    for (const url of [
      '/v1/decisions/live',
      '/v1/decisions',
      '/v1/decisions/1/image',
      '/v1/limits',
      '/v1/drift',
      '/v1/station',
    ])
      expect((await get(url)).status).toBe(401);
  });
});

test('drift is told with its evidence', async () => {
  await start();
  await score(1);
  expect((await get('/v1/drift')).body.drift).toContainEqual({
    class: 'nut',
    of: 'score',
    images: 1,
    evidence: expect.any(Number),
    reportedFrom: 300,
    drifted: false,
  });
  const metrics = (await app.inject('/metrics')).body;
  expect(metrics).toMatch(/^mint_drift_evidence\{class="nut",of="score"\} \d/m);
});

describe('the page', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  test('comes with a policy that runs nothing but its own files', async () => {
    const page = vi.fn(
      async () =>
        new Map([
          ['index.html', bytes('<!doctype html>')],
          ['assets/a.js', bytes('1')],
        ]),
    );
    await start(false, { page });
    const answer = await app.inject('/');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self'; (?!.*unsafe)/,
      ),
      'x-content-type-options': 'nosniff',
    });
    expect((await app.inject('/assets/a.js')).headers['content-type']).toMatch(/^text\/javascript/);
    expect((await get('/assets/b.js')).status).toBe(404);
    expect((await get('/assets/..%2findex.html')).status).toBe(404);
    expect(page).toHaveBeenCalledTimes(1);
  });

  test('says so when it is not built', async () => {
    await start(false, { page: () => Promise.reject(new Error('ENOENT')) });
    const { status, body } = await get('/');
    expect([status, body.error.message]).toEqual([503, expect.stringMatching(/npm run build/)]);
  });
});
