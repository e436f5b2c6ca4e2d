import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { temporaryFolder, tinyVitFile } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { mintIn } from '../../__fixtures__/run.js';

const root = temporaryFolder();
const path = (...parts: string[]) => join(root.path, ...parts);
const mint = (...args: string[]) => mintIn(root.path, [...args, '--device', 'onnx']);
const json = async (file: string) => JSON.parse(await readFile(path(file), 'utf8'));

test('a vision transformer from a file trains, predicts and takes another class; records name its file', async () => {
  const dataset = proceduralDataset({ trainPerClass: 4, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
  await writeMvtec(dataset, path('parts'));
  await writeFile(path('vit.safetensors'), tinyVitFile());
  const flags = ['--weights', 'vit.safetensors', '--preset', 'quick', '--epochs', '1', '--alpha', '0.5'];
  const train = (...more: string[]) =>
    mint('train', 'parts', '--out', 'runs/a', '--classes', 'leather,weave', ...flags, ...more);

  const uneven = await train('--input', '60');
  expect(uneven).toMatchObject({ code: 1, err: expect.stringMatching(/multiples of 14, such as 56 x 56/) });
  const trained = await train('--input', '56', '--half');
  expect(trained, trained.err).toMatchObject({ code: 0 });
  expect(trained.err).toContain('backbone: vit.safetensors, vision transformer (DINOv2)');
  const origin = {
    name: 'vit.safetensors',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    licence: 'CC0-1.0',
  };
  expect(await json('runs/a/config.json')).toMatchObject({ backboneOrigin: origin });
  const { config, provenance, weights } = await json('runs/a/model/model.json');
  expect(config).toMatchObject({ input: { width: 56, height: 56 }, grid: [4, 4] });
  expect(weights).toMatchObject({ backbone: 'f16' });
  expect(provenance).toMatchObject({ backbone: 'vit.safetensors', backboneLicence: 'CC0-1.0' });
  const { protocol } = await json('runs/a/metrics.json');
  expect(protocol).toMatchObject({ backbone: 'vit.safetensors', backboneSha256: provenance.backboneSha256 });
  expect(await readFile(path('runs/a/report.html'), 'utf8')).toContain(provenance.backboneSha256);

  await cp(path('parts/gear/train/good'), path('gears'), { recursive: true });
  const added = await mint(
    'add-class',
    'gears',
    '--class',
    'gear',
    '--model',
    'runs/a/model',
    '--out',
    'runs/b/model',
  );
  expect(added, added.err).toMatchObject({ code: 0 });
  expect((await json('runs/b/model/model.json')).weights).toMatchObject({ backbone: 'f16' });
  const seen = await mint('predict', 'parts/gear/test/good/000.png', '--model', 'runs/b/model', '--json');
  expect(seen, seen.err).toMatchObject({ code: 0 });
  expect(JSON.parse(seen.out).pictures).toMatchObject([{ score: expect.any(Number) }]);
}, 240_000);
