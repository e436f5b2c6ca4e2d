import { mkdtemp, readdir, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FeatureCache } from '@mint/trainer';
import { expect, test } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';

const cache = (...args: string[]) => mintHere(['cache', ...args]);

test('mint cache lists, verifies and prunes a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mint-cli-cache-'));
  const setting = {
    input: { width: 224, height: 192 },
    backbone: { kind: 'efficientnet', variant: 'b4' },
    device: 'onnx',
  };
  for (const [fingerprint, images] of [
    [JSON.stringify(setting), 3],
    ['of another program', 1],
  ] as const) {
    const features = new FeatureCache(folder, fingerprint, { dtype: 'f16' });
    for (let i = 0; i < images; i++)
      await features.write(`${i}`.repeat(64), new Float32Array(100_000), [100_000]);
    await features.flush();
  }
  const { code, out } = await cache('ls', folder);
  expect(code).toBe(0);
  const rows = out.trim().split('\n');
  expect(rows.map((row) => row.split('\t').slice(1)).sort()).toEqual([
    [],
    ['1 images', '1 files', '0.2 MB', expect.stringMatching(/^used 20\d\d-/), 'f16, ?, ?, ?'],
    ['3 images', '1 files', '0.6 MB', expect.anything(), 'f16, efficientnet-b4, 224x192, onnx'],
  ]);
  expect(rows.at(-1)).toBe('2 settings, 0.8 MB');

  expect(await cache('verify', folder)).toEqual({
    code: 0,
    out: 'features of 4 images are intact, 0 files are damaged\n',
  });
  const shards = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.safetensors'));
  await truncate(join(folder, shards[0] ?? ''), 5000);
  expect(await cache('verify', folder)).toMatchObject({
    code: 1,
    out: expect.stringContaining(shards[0] ?? ''),
  });
  expect(await cache('prune', folder)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^1 files removed, 0\.0 MB/m),
  });
  expect(await cache('verify', folder)).toMatchObject({ code: 0, out: expect.stringContaining('0 files') });
  expect(await cache('prune', folder, '--unused', '30')).toMatchObject({
    out: '0 files removed, 0.0 MB freed\n',
  });
  await expect(cache('prune', folder, '--unused', '-1')).rejects.toThrow('whole number');
  await expect(cache('ls', join(folder, 'nowhere'))).rejects.toThrow('nowhere: there is no such folder');
});
