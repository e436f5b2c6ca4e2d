import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { loadBackbone } from '../index.js';

const work = temporaryFolder();

test('scattering without a file', async () => {
  expect(await loadBackbone(undefined)).toEqual({ backbone: { kind: 'scattering' }, weights: {} });
});

test.each([
  ['weights.json', 'INVALID_ARGUMENT', '.safetensors'],
  ['nowhere.safetensors', 'NOT_FOUND', 'cannot read'],
  ['broken.safetensors', 'CORRUPT_FILE', 'not a valid'],
])('refuses %s', async (name, code, message) => {
  await writeFile(join(work.path, 'broken.safetensors'), 'truncated');
  await expect(loadBackbone(join(work.path, name))).rejects.toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});
