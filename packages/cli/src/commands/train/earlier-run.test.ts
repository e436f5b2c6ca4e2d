import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { mintHere, QUICK } from '../../__fixtures__/run.js';

const folder = temporaryFolder();
const at = (path: string) => join(folder.path, path);

test('checkpoints of an earlier run are removed only with --overwrite; a refused --resume says what differs and changes nothing', async () => {
  const options = { trainPerClass: 4, testGoodPerClass: 0, defectsPerClass: 0, size: 32 };
  await writeMvtec(proceduralDataset(options), at('parts'));
  await writeMvtec(proceduralDataset({ ...options, seed: 1 }), at('others'));
  const train = (data: string, ...flags: string[]) =>
    mintHere([
      'train',
      at(data),
      '--out',
      at('run'),
      ...QUICK,
      '--classes',
      'gear',
      '--alpha',
      '0.5',
      ...flags,
    ]);
  const state = async () => [
    await readdir(at('run/checkpoints')),
    await readFile(at('run/config.json'), 'utf8'),
    await readFile(at('run/log.jsonl'), 'utf8'),
  ];
  await expect(train('parts', '--review', '0.4')).rejects.toThrow('--review must be above --alpha');
  expect((await train('parts', '--review', '0.6')).code).toBe(0);
  const { reviewAlpha } = JSON.parse(await readFile(at('run/model/model.json'), 'utf8')).calibration;
  expect(reviewAlpha).toBe(0.6);
  const before = await state();

  await expect(train('parts')).rejects.toThrow(
    /run: holds checkpoints of an earlier run\. --resume continues it, --overwrite removes them/,
  );
  await expect(train('parts', '--resume', '--overwrite')).rejects.toThrow('give one of them');
  await expect(train('parts', '--resume', '--seed', '7')).rejects.toThrow(
    / detector\.seed is 7, was 0; train\.seed is 7, was 0/,
  );
  await expect(train('others', '--resume')).rejects.toThrow(
    / of the training images 3 are new and 3 are gone\.$/,
  );
  expect(await state()).toEqual(before);

  await expect(
    (async () => {
      const path = at('run/checkpoints/run.json');
      const run = JSON.parse(await readFile(path, 'utf8'));
      await writeFile(
        path,
        JSON.stringify({ ...run, settings: { ...run.settings, backboneWeights: 'abc' } }),
      );
      await train('others', '--resume');
    })(),
  ).rejects.toThrow(/backboneWeights is "[0-9a-f]{64}", was "abc"/);
  expect((await train('others', '--overwrite')).code).toBe(0);
  expect(await state()).not.toEqual(before);
});

test('words and the root of a list come from flags or the configuration file', async () => {
  const options = { trainPerClass: 4, testGoodPerClass: 0, defectsPerClass: 0, size: 32 };
  await writeMvtec(proceduralDataset(options), at('parts'));
  const files = (await readdir(at('parts/gear/train/good'))).map(
    (name) => `gear/train/good/${name},gear,prima`,
  );
  await folder.write(['lists/l.csv', ['path,class,label', ...files].join('\n')]);
  const train = (...flags: string[]) =>
    mintHere([
      'train',
      at('lists/l.csv'),
      '--out',
      at('run'),
      ...QUICK,
      '--alpha',
      '0.5',
      '--json',
      ...flags,
    ]);
  await expect(train()).rejects.toThrow('none of the 4 rows names an image that is there');
  await expect(train('--root', at('parts'))).rejects.toMatchObject({ code: 'EMPTY_DATASET' });
  await folder.write(['mint.json', JSON.stringify({ root: 'parts', goodWords: ['prima'] })]);
  expect((await train('--config', at('mint.json'))).code).toBe(0);
});
