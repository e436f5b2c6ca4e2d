import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { mint } from '../../__fixtures__/run.js';

const root = temporaryFolder();

const check = (...args: string[]) => mint(['data', 'check', ...args], { cwd: root.path });

test('mint data check: a table and exit code 0 without problems, the files and 1 with problems, JSON for scripts', async () => {
  const dataset = proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 40 });
  await writeMvtec(dataset, join(root.path, 'parts'));
  const fine = await check('parts', '--classes', 'gear,weave');
  expect(fine).toMatchObject({ code: 0 });
  expect(fine.out).toContain('read as: MVTec AD layout\n');
  expect(fine.out).toMatch(/^gear +2 +0 +1 +4 +4 +40x40 +PNG, 3 x 8 bit$/m);
  expect(fine.out).toMatch(/^note: 2 classes with fewer than 20 good training images .*\n {4}gear \(2\)$/m);
  expect(fine.out.trimEnd().split('\n').at(-1)).toBe('no problem found');

  await writeFile(join(root.path, 'parts/gear/train/good/broken.png'), 'no image');
  const broken = await check('parts');
  expect(broken).toMatchObject({ code: 1 });
  expect(broken.out).toMatch(
    /^problem unreadable-image: 1 unreadable images: .*\n {4}.*broken\.png: expected a PNG/m,
  );
  expect(broken.out.trimEnd().split('\n').at(-1)).toBe('1 problem found');
  const colours = { cwd: root.path, env: { ...process.env, FORCE_COLOR: '1' } };
  const coloured = await mint(['data', 'check', 'parts'], colours);
  expect(coloured.out).toContain('\u001b[31mproblem\u001b[39m unreadable-image: 1 unreadable');
  const json = await mint(['data', 'check', 'parts', '--json'], colours);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({
    dataset: 'parts',
    problems: [{ code: 'unreadable-image', count: 1 }],
    notes: [{ count: 4 }],
    leftOut: [],
  });

  await mkdir(join(root.path, 'empty'));
  const empty = await check('empty');
  expect(empty).toMatchObject({ code: 1, err: expect.stringContaining('none of its 0 files is an image') });
});
