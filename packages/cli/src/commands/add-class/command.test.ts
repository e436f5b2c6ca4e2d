import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';

const root = temporaryFolder();

test('mint add-class does not overwrite a model, and needs good images', async () => {
  const out = join(root.path, 'model');
  const data = join(root.path, 'new');
  await mkdir(out);
  await mkdir(data);
  await writeFile(join(out, 'model.json'), '{}');
  const args = ['add-class', data, '--class', 'bolt', '--model', out, '--out'];
  await expect(mintHere([...args, out])).rejects.toThrow(/there is a model already/);
  await writeFile(join(data, 'one.png'), '');
  await expect(mintHere([...args, join(root.path, 'other')])).rejects.toThrow(
    /bolt has 1 good training images/,
  );
});
