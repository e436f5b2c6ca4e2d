import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { MintDetector } from '@mint/detector';
import { openHistory } from '@mint/history';
import { temporaryFolder } from '@mint/test-utils';
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
