import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore } from '@mint/fleet';
import { temporaryFolder } from '@mint/test-utils';
import { startS3 } from '@mint/test-utils/s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { localCache } from './local-cache.js';

const work = temporaryFolder();
const at = (...parts: string[]) => join(work.path, ...parts);

test('a folder is used as it is', async () => {
  const say = vi.fn();
  expect(await localCache(undefined, at('runs/a'), { say })).toBe(at('runs/feature-cache'));
  expect(await localCache(at('cache'), at('runs/a'), { say })).toBe(at('cache'));
  expect(say).not.toHaveBeenCalled();
});

test('of a bucket, the shards that are not here are fetched, and nothing else', async () => {
  const { env, stop } = await startS3(at('s3'), ['features']);
  onTestFinished(stop);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const store = await openStore('s3://features/parts');
  const shard = (letter: string) => `${letter.repeat(16)}/${letter.repeat(64)}.safetensors`;
  for (const path of [shard('a'), shard('b'), 'batches/0/results.jsonl', `../${shard('c')}`])
    await store.write(path, `content of ${path}`);
  const said: string[] = [];
  const fetch = () => localCache('s3://features/parts', at('runs/a'), { say: (text) => said.push(text) });
  const folder = await fetch();
  expect(folder).toBe(at('runs/feature-cache'));
  for (const path of [shard('a'), shard('b')])
    expect(await readFile(join(folder, path), 'utf8')).toBe(`content of ${path}`);
  await store.write(shard('d'), 'more');
  await fetch();
  expect(said).toEqual([
    expect.stringMatching(/^features: 2 files \(.*\) fetched from s3:\/\/features\/parts\/ to /),
    expect.stringMatching(/^features: 1 files /),
  ]);
  await expect(localCache('s3://', at('runs/a'), { say: () => {} })).rejects.toThrow('s3://bucket/prefix');
});
