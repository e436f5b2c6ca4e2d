import { createHash } from 'node:crypto';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';

const work = temporaryFolder();
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const CONTENT = Buffer.from('weights');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const repo = () => join(work.path, 'hub/models--timm--resnet18.tv_in1k');
const path = () => join(repo(), 'snapshots', COMMIT, 'model.safetensors');

/** Weights in the cache as the hub's tools leave them. */
beforeEach(async () => {
  vi.stubEnv('HF_HOME', work.path);
  vi.stubEnv('HF_HUB_CACHE', undefined);
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await mkdir(join(repo(), 'refs'), { recursive: true });
  await mkdir(join(repo(), 'snapshots', COMMIT), { recursive: true });
  await writeFile(join(repo(), 'refs/main'), COMMIT);
  await writeFile(path(), CONTENT);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test('mint weights list shows sizes, licences and what is on this machine', async () => {
  const { code, out } = await mintHere(['weights', 'list']);
  expect(code).toBe(0);
  expect(out).toMatch(/^resnet18\t47 MB\tBSD-3-Clause\tdownloaded\t/m);
  expect(out).toMatch(/^vit_small_patch14_reg4_dinov2\t88 MB\tApache-2\.0\tnot downloaded\t/m);
  const rows: Record<string, unknown>[] = JSON.parse((await mintHere(['weights', 'list', '--json'])).out);
  expect(rows.find(({ name }) => name === 'resnet18')).toMatchObject({
    path: path(),
    repo: 'timm/resnet18.tv_in1k',
  });
});

test('mint weights path, get and verify answer from the cache without network', async () => {
  expect(await mintHere(['weights', 'path', 'resnet18'])).toEqual({ code: 0, out: `${path()}\n` });
  const got = await mintHere(['weights', 'get', 'resnet18', '--json']);
  expect(JSON.parse(got.out)).toMatchObject({ revision: COMMIT, sha256: SHA256, licence: 'BSD-3-Clause' });
  expect(await mintHere(['weights', 'verify'])).toEqual({
    code: 0,
    out: '1 files of weights are intact, 0 have changed\n',
  });
});

test('mint weights verify finds a changed file', async () => {
  const blob = join(repo(), 'blobs', SHA256);
  await mkdir(join(repo(), 'blobs'), { recursive: true });
  await writeFile(blob, 'changed');
  await rm(path());
  await symlink(blob, path());
  const { code, out } = await mintHere(['weights', 'verify', 'resnet18']);
  expect(code).toBe(1);
  expect(out).toMatch(/its SHA-256 is .*, expected .*\n0 files of weights are intact, 1 have changed/);
});

test('what is not there says how to get it', async () => {
  await expect(mintHere(['weights', 'path', 'efficientnet_b4'])).rejects.toThrow(
    expect.objectContaining({
      code: 'NOT_FOUND',
      message: expect.stringContaining('run mint weights get efficientnet_b4'),
    }),
  );
  await expect(mintHere(['weights', 'get', 'efficientnet_b4'])).rejects.toThrow(
    expect.objectContaining({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/HF_HUB_OFFLINE.*HF_ENDPOINT.*--weights.*--backbone scattering/),
    }),
  );
  await expect(mintHere(['weights', 'get', 'b4'])).rejects.toThrow(/efficientnet_b4, resnet18/);
});
