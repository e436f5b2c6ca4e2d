import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { hasRedis, needsRedis, type RedisServer, startRedis } from '@mint/test-utils/redis';
import { startS3 } from '@mint/test-utils/s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mint, mintHere } from '../../__fixtures__/run.js';
import { bmp, png, tinyDetector } from '../../__fixtures__/tiny-detector.js';
import { startWorker, type WorkerProcess } from './__fixtures__/worker-process.js';

const folder = temporaryFolder();
const at = (path: string) => join(folder.path, path);
const read = (path: string) => readFileSync(at(path), 'utf8');
let redis: RedisServer;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  if (!hasRedis) return;
  redis = await startRedis(at('redis'));
  vi.stubEnv('MINT_REDIS', redis.url);
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  vi.unstubAllEnvs();
  if (hasRedis) await redis.stop();
});

async function worker(...flags: string[]): Promise<WorkerProcess> {
  const started = await startWorker(...flags);
  ends.push(() => started.child.kill('SIGKILL'));
  return started;
}

const files = (count: number): [string, Uint8Array][] =>
  Array.from({ length: count }, (_, i) => [`images/part-${String(i).padStart(3, '0')}.bmp`, bmp(i)]);

async function withModel(): Promise<void> {
  const detector = await tinyDetector();
  await detector.save(at('model'));
  detector.dispose();
}

const predict = async (images: string): Promise<string> =>
  (await mintHere(['predict', images, '--model', at('model'), '--format', 'json', '--device', 'onnx'])).out;

describe.skipIf(!hasRedis)(needsRedis('mint fleet'), { timeout: 120_000 }, () => {
  test('score gives what mint predict gives, byte for byte, once, and records it in a history', async () => {
    await withModel();
    await folder.write(...files(45), ['images/part-017.png', png().subarray(0, 100)]);
    const expected = await predict(at('images'));
    const submitted = ['fleet', 'score', at('images'), '--model', at('model'), '--out', at('scores')];
    const settings = ['--job-size', '10', '--history', at('decisions.sqlite'), '--station', 'line-3'];
    const first = JSON.parse((await mintHere([...submitted, ...settings, '--no-wait', '--json'])).out);
    expect(first).toMatchObject({ added: 3, images: 46, done: 0 });
    const doing = await worker();
    const { code, out } = await mintHere([...submitted, ...settings, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ images: 46, done: 46, unreadable: 1 });
    expect(read('scores/results.jsonl')).toBe(expected);
    expect(JSON.parse(read('scores/unreadable.jsonl'))).toMatchObject({
      picture: at('images/part-017.png'),
      error: expect.stringContaining('part-017.png'),
    });
    const recorded = JSON.parse(
      (await mintHere(['history', 'list', at('decisions.sqlite'), '--limit', '100', '--json'])).out,
    );
    expect(recorded).toHaveLength(46);
    expect(new Set(recorded.map((row: { source: string }) => row.source)).size).toBe(46);
    // Once more: nothing is added, nothing is recorded twice.
    const again = JSON.parse((await mintHere([...submitted, ...settings, '--json'])).out);
    expect(again).toMatchObject({ added: 0, done: 46 });
    const status = await mintHere(['fleet', 'status']);
    expect(status.out).toMatch(/1 workers \(.*:\d+\) · 0 jobs at work · 0 waiting/);
    expect(status.out).toMatch(/█{20} {2}46\/46 images · finished · 1 unreadable · 0 jobs failed/);
    // The image is mended.
    await folder.write(['images/part-017.png', png()]);
    expect(JSON.parse((await mintHere(['fleet', 'retry', '--json'])).out)).toEqual({
      failed: 0,
      unreadable: 1,
    });
    expect((await mintHere(['fleet', 'status', '--watch'])).code).toBe(0);
    expect(read('scores/results.jsonl')).toBe(await predict(at('images')));
    const now = JSON.parse(
      (await mintHere(['history', 'list', at('decisions.sqlite'), '--limit', '100', '--json'])).out,
    );
    expect(now).toHaveLength(47);
    // A worker that is told to stop ends with 0.
    const ended = once(doing.child, 'close');
    doing.child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
    expect(doing.said()).toContain('images done');
  });

  test('score records in a history alone what mint predict records, each image once', async () => {
    await withModel();
    await folder.write(...files(20), ['images/part-007.png', png().subarray(0, 100)]);
    const score = ['fleet', 'score', at('images'), '--model', at('model'), '--job-size', '8', '--json'];
    await expect(mintHere(score)).rejects.toThrow(/--out <folder>, --history <where>, or both/);
    const list = async (history: string): Promise<Record<string, unknown>[]> => {
      const { out } = await mintHere(['history', 'list', at(history), '--limit', '100', '--json']);
      return JSON.parse(out).map(
        ({ id: _, time: _time, milliseconds: _ms, ...row }: Record<string, unknown>) => row,
      );
    };
    const station = ['--station', 'line-3'];
    const alone = ['--model', at('model'), '--device', 'onnx', '--history', at('alone.sqlite'), ...station];
    await mintHere(['predict', at('images'), ...alone, '--batch-size', '8']);
    await worker();
    const submitted = [...score, '--history', at('fleet.sqlite'), ...station];
    const first = JSON.parse((await mintHere(submitted)).out);
    expect(first).toMatchObject({ images: 21, done: 21, unreadable: 1 });
    expect((await mintHere(['fleet', 'status'])).out).toContain(`results: ${at('fleet.sqlite')}`);
    const bySource = (rows: Record<string, unknown>[]) =>
      rows.toSorted((a, b) => String(a.source).localeCompare(String(b.source)));
    const recorded = bySource(await list('fleet.sqlite'));
    expect(recorded).toEqual(bySource(await list('alone.sqlite')));
    expect(recorded.find(({ decision }) => decision === 'unreadable')).toMatchObject({
      details: { error: expect.stringContaining('part-007.png') },
    });
    // Redis loses everything; what is done again is not recorded again.
    expect(spawnSync('redis-cli', ['-u', redis.url, 'flushall']).status).toBe(0);
    expect(JSON.parse((await mintHere(submitted)).out)).toMatchObject({ batch: first.batch, done: 21 });
    expect(await list('fleet.sqlite')).toHaveLength(21);
  });

  test('score reads images and the model from a bucket and a server, and writes results to a bucket', async () => {
    await withModel();
    await folder.write(...files(20));
    const { env, stop } = await startS3(at('s3'), ['parts', 'models']);
    ends.push(stop);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    vi.stubEnv('XDG_CACHE_HOME', at('cache'));
    const { openStore } = await import('@mint/fleet');
    const parts = await openStore('s3://parts/in');
    for (const [name, bytes] of files(20)) await parts.write(name, bytes);
    const models = await openStore('s3://models/tiny');
    for (const name of readdirSync(at('model'))) await models.write(name, readFileSync(at(`model/${name}`)));
    const server = createServer((request, response) => {
      if (request.url === '/away.bmp') response.writeHead(404).end();
      else response.end(bmp(33));
    }).listen(0, '127.0.0.1');
    ends.push(() => server.close());
    await once(server, 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    await worker();
    const list = at('list.txt');
    await folder.write(['list.txt', `${url}/one.bmp\n${url}/away.bmp\n`]);
    const { code } = await mintHere([
      ...[
        'fleet',
        'score',
        's3://parts/in',
        '--list',
        list,
        '--model',
        's3://models/tiny',
        '--out',
        's3://parts/out',
      ],
    ]);
    expect(code).toBe(1);
    const results = await (await openStore('s3://parts/out')).read('results.jsonl');
    const rows = Buffer.from(results ?? [])
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const expected = (await predict(at('images')))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.slice(0, 16).map(({ picture: _, ...row }) => row)).toEqual(
      expected.slice(0, 16).map(({ picture: _, ...row }) => row),
    );
    expect(rows[0].picture).toBe('s3://parts/in/images/part-000.bmp');
    expect(rows.at(-1)).toMatchObject({ picture: `${url}/away.bmp`, decision: 'unreadable' });
    expect(rows).toHaveLength(22);
    expect(readdirSync(at('cache/mint/models'))).toHaveLength(1);
  });

  test('features that two workers computed train the same model as features computed alone', async () => {
    const { proceduralDataset, writeMvtec } = await import('@mint/data');
    const size = { trainPerClass: 20, testGoodPerClass: 3, defectsPerClass: 1, size: 64 };
    await writeMvtec(proceduralDataset(size), at('parts'));
    const settings = ['--backbone', 'scattering', '--preset', 'quick', '--input', '64', '--classes', 'gear'];
    const computing = ['--augment', 'mirror,copies=1', '--device', 'onnx'];
    const train = [...settings, ...computing, '--epochs', '1', '--overlays', '0'];
    const { env, stop } = await startS3(at('s3'), ['features']);
    ends.push(stop);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    await worker('--threads', '1');
    await worker('--threads', '1');
    const compute = async (out: string) => {
      const flags = [...settings, ...computing, '--out', out, '--job-size', '8'];
      expect((await mintHere(['fleet', 'features', at('parts'), ...flags])).code).toBe(0);
    };
    await compute(at('features'));
    await compute('s3://features/parts');
    const { openStore } = await import('@mint/fleet');
    const shardsIn = async (where: string) => {
      const found: string[] = [];
      for await (const path of (await openStore(where)).list(''))
        if (/safetensors$/.test(path)) found.push(path);
      return found.sort();
    };
    // Files are named by their content.
    expect(await shardsIn('s3://features/parts')).toEqual(await shardsIn(at('features')));
    // In processes of their own: what a process computed before can change last digits of a training.
    await folder.write(['mint.jsonc', '{ "cache": "s3://features/parts" }']);
    const config = ['--config', at('mint.jsonc')];
    const shared = await mint(['train', at('parts'), ...train, ...config, '--out', at('runs/shared')], {
      env: { ...process.env },
    });
    expect(shared.err).toMatch(/features: \d+ files \(.* MB\) fetched from s3:\/\/features\/parts\//);
    await mint(['train', at('parts'), ...train, '--out', at('alone/run')]);
    const namesIn = (run: string) => readdirSync(at(`${run}/model`)).sort();
    // The weights are named by their SHA-256.
    expect(namesIn('runs/shared')).toEqual(namesIn('alone/run'));
    const calibrationIn = (run: string) => JSON.parse(read(`${run}/model/model.json`)).calibration;
    expect(calibrationIn('runs/shared')).toEqual(calibrationIn('alone/run'));
    // Nothing was computed for the first training: the cache has what was fetched, one file for each job.
    const { batches } = JSON.parse((await mintHere(['fleet', 'status', '--json'])).out);
    expect(await shardsIn(at('runs/feature-cache'))).toHaveLength(batches[0].batch.jobs);
  });

  test('a model that has changed since the submission is refused, and mistakes are reported at once', async () => {
    await withModel();
    await folder.write(...files(2));
    const score = ['fleet', 'score', at('images'), '--model', at('model'), '--out', at('scores')];
    await expect(mintHere([...score, '--history', 'postgres://me:secret@db/mint'])).rejects.toThrow(
      'PGPASSWORD',
    );
    await expect(
      mintHere(['fleet', 'score', at('none'), '--model', at('no'), '--out', at('o')]),
    ).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    await expect(mintHere([...score, 'data:image/png;base64,AAAA'])).rejects.toThrow('not its bytes');
    await expect(mintHere(['fleet', 'status', '0123456789abcdef'])).rejects.toThrow('has no batch');
    const nowhere = await mint([...score, '--redis', 'redis://127.0.0.1:1']);
    expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining('Redis does not answer') });
  });
});
