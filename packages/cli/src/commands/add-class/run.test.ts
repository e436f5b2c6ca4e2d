import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { mintIn, QUICK } from '../../__fixtures__/run.js';

const root = temporaryFolder();

const mint = (...args: string[]) => mintIn(root.path, args);

test('mint add-class: the new model knows the class, the old one stays the same; unsuitable images are refused by name', async () => {
  const path = (...parts: string[]) => join(root.path, ...parts);
  const dataset = proceduralDataset({ trainPerClass: 4, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
  await writeMvtec(dataset, path('parts'));
  const flags = ['--classes', 'leather,weave', ...QUICK, '--alpha', '0.5', '--device', 'onnx'];
  expect(await mint('train', 'parts', '--out', 'runs/a', ...flags)).toMatchObject({ code: 0 });
  const file = (model: string) => readFile(path(model, 'model.json'), 'utf8');
  const before = await file('runs/a/model');

  await cp(path('parts/gear/train/good'), path('gears'), { recursive: true });
  const args = ['add-class', 'gears', '--model', 'runs/a/model', '--device', 'onnx'];
  const added = await mint(...args, '--class', 'gear', '--out', 'runs/b/model', '--json');
  expect(added).toMatchObject({ code: 0 });
  const [gear] = JSON.parse(added.out).added;
  expect(gear).toMatchObject({
    className: 'gear',
    fitted: 3,
    heldOut: 1,
    // One held-out image of each of the other two, in the cache beside the run folder.
    oldImages: { images: 2, changed: 0, changedWhenGiven: 0 },
    newImages: { images: 4, changed: 0, changedWhenGiven: 0 },
  });
  expect(await file('runs/a/model')).toBe(before);
  const after = JSON.parse(await file('runs/b/model'));
  expect(after).toMatchObject({ addedClasses: 1, config: { classes: ['leather', 'weave', 'gear'] } });
  expect(after.calibration.thresholds).toMatchObject(JSON.parse(before).calibration.thresholds);
  const image = 'parts/gear/test/good/000.png';
  const seen = await mint('predict', image, '--model', 'runs/b/model', '--class', 'gear', '--json');
  expect(JSON.parse(seen.out).pictures).toMatchObject([{ class: 'gear', probability: 1 }]);

  expect(await mint(...args, '--class', 'gear', '--out', 'runs/b/model')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is a model already'),
  });
  expect(await mint(...args, '--class', 'weave', '--out', 'runs/c/model')).toMatchObject({
    code: 1,
    err: expect.stringContaining('knows it already'),
  });
  await mkdir(path('tests'));
  await cp(path('parts/weave/test/good/000.png'), path('tests/a.png'));
  await cp(path('parts/gear/train/good/000.png'), path('tests/b.png'));
  const tests = await mint(
    'add-class',
    'tests',
    '--class',
    'x',
    '--model',
    'runs/a/model',
    '--out',
    'runs/c/model',
  );
  expect(tests).toMatchObject({
    code: 1,
    err: expect.stringMatching(/a: cannot be added: it is a test image/),
  });
}, 240_000); // runs `mint` many times: 15 s on a quiet machine
