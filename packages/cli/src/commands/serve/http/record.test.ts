import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MintDetector } from '@mint/detector';
import { openHistory } from '@mint/history';
import { temporaryFolder } from '@mint/test-utils';
import { hasSmallDisk, needsSmallDisk, smallDisk } from '@mint/test-utils/small-disk';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bmp, tinyDetector } from '../../../__fixtures__/tiny-detector.js';
import { type HistoryFlags, openRecorder, type Recorder } from '../../../scoring/recorder.js';
import { createLocalEngine } from '../scoring/local-engine.js';
import { createServer } from './server.js';

const work = temporaryFolder();
const said: string[] = [];
const say = (text: string) => void said.push(text);
let detector: MintDetector;

beforeAll(async () => {
  detector = await tinyDetector();
});
afterAll(() => detector.dispose());

async function recorderOf(flags: Partial<HistoryFlags> = {}): Promise<Recorder | undefined> {
  const history = join(work.path, 'line-3.sqlite');
  return await openRecorder({ history, station: 'line-3', historyFailure: 'stop', ...flags }, say);
}

const serverOf = (recorder: Recorder | undefined): Promise<FastifyInstance> => {
  const options = { batchSize: 4, readers: 2, queue: 64, maxBytes: 100_000, timeout: 20_000, say, recorder };
  const id = { name: 'parts', version: '3', hash: 'c0ffee', scoring: 'c0' };
  return createServer(createLocalEngine(detector, { ...options, maxPixels: 1_000_000, id }), options);
};

const post = (app: FastifyInstance, payload: Uint8Array) =>
  app.inject({
    method: 'POST',
    url: '/v1/predict',
    headers: { 'content-type': 'image/bmp' },
    payload: Buffer.from(payload),
  });

test('every answer is in the record, with the hash of its image and of its model', async () => {
  const recorder = await recorderOf();
  const app = await serverOf(recorder);
  const answers = await Promise.all(
    [bmp(1), bmp(2), bmp(3)].map(async (image) => (await post(app, image)).json()),
  );
  await app.close();
  await recorder?.close();
  const history = await openHistory(join(work.path, 'line-3.sqlite'));
  const rows = await history.list();
  expect(rows).toHaveLength(3);
  for (const [i, answer] of answers.entries()) {
    const [{ picture, score, class: className, decision }] = answer.pictures;
    expect(answer.model).toEqual({ version: 'parts/3', hash: 'c0ffee' });
    const imageHash = createHash('sha256')
      .update(bmp(i + 1))
      .digest('hex');
    expect(rows.find((row) => row.imageHash === imageHash)).toMatchObject({
      source: picture,
      station: 'line-3',
      score,
      className,
      decision,
      modelHash: 'c0ffee',
      modelVersion: 'parts/3',
      details: { scoring: 'c0', measured: { maximum: expect.any(Number), brightness: expect.any(Number) } },
      milliseconds: expect.any(Number),
    });
  }
  await history.close();
});

test('a decision that cannot be recorded is not given, or given and reported', async () => {
  const full = new Error('database or disk is full');
  const kept = await recorderOf();
  if (kept === undefined) throw new Error('no record');
  const broken: Recorder = { ...kept, record: vi.fn(() => Promise.reject(full)) };
  const app = await serverOf(broken);
  const answer = await post(app, bmp(1));
  await app.close();
  await kept.close();
  expect(answer.statusCode).toBe(503);
  expect(answer.body).not.toContain('disk');
  expect(answer.json().error.message).toMatch(/could not be recorded/);

  const recorder = await recorderOf({ historyFailure: 'continue' });
  await recorder?.close();
  const going = await serverOf(recorder);
  said.length = 0;
  expect((await post(going, bmp(1))).statusCode).toBe(200);
  expect((await post(going, bmp(2))).statusCode).toBe(200);
  await going.close();
  expect(said).toEqual([expect.stringMatching(/is not recorded, and the work goes on/)]);
});

test.skipIf(!hasSmallDisk)(
  needsSmallDisk(
    'on a full disk no decision is given, or decisions go on; with space again they are recorded',
  ),
  async () => {
    const disk = join(work.path, 'disk');
    const remove = smallDisk(disk, 3_000);
    const other = join(disk, 'other');
    const history = join(disk, 'line-3.sqlite');
    const rows = async (recorder: Recorder | undefined) => (await recorder?.history.list())?.length ?? 0;
    try {
      for (const historyFailure of ['stop', 'continue'] as const) {
        said.length = 0;
        const recorder = await recorderOf({ history, historyFailure });
        const app = await serverOf(recorder);
        expect((await post(app, bmp(1))).statusCode).toBe(200);
        const before = await rows(recorder);
        // All that is left.
        await writeFile(other, Buffer.alloc(3_000_000)).catch(() => {});
        // What SQLite has reserved of its journal may still take some.
        let answer = await post(app, bmp(1));
        for (let n = 0; n < 60 && answer.statusCode === 200 && said.length === 0; n++)
          answer = await post(app, bmp(1 + n));
        expect(answer.statusCode).toBe(historyFailure === 'stop' ? 503 : 200);
        const full = await rows(recorder);
        expect(said.join()).toMatch(
          historyFailure === 'stop'
            ? /no space left for the history/
            : /is not recorded, and the work goes on/,
        );
        await rm(other);
        expect((await post(app, bmp(2))).statusCode).toBe(200);
        expect(await rows(recorder)).toBe(full + 1);
        expect(full).toBeGreaterThanOrEqual(before);
        await app.close();
        await recorder?.close();
      }
    } finally {
      remove();
    }
  },
);
