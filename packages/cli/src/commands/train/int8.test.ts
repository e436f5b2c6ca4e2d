import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { temporaryFolder, tinyVitFile } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { mintIn } from '../../__fixtures__/run.js';

const root = temporaryFolder();
const path = (...parts: string[]) => join(root.path, ...parts);
const mint = (...args: string[]) => mintIn(root.path, args);

async function scores(model: string, ...images: string[]): Promise<number[]> {
  const { out, err, code } = await mint('predict', ...images, '--model', model, '--json', '--device', 'onnx');
  expect(code, err).toBeLessThan(3);
  return JSON.parse(out).pictures.map(({ score }: { score: number }) => score);
}

test('a model in int8 says so, scores an image alike in every batch, and runs nowhere else', async () => {
  const dataset = proceduralDataset({ trainPerClass: 6, testGoodPerClass: 3, defectsPerClass: 1, size: 64 });
  await writeMvtec(dataset, path('parts'));
  await writeFile(path('vit.safetensors'), tinyVitFile());
  const train = (name: string, ...flags: string[]) =>
    mint(
      ...['train', 'parts', '--out', name, '--classes', 'leather,weave', '--weights', 'vit.safetensors'],
      ...['--input', '56', '--epochs', '1', '--preset', 'quick', '--alpha', '0.4', ...flags],
      ...['--device', 'onnx'],
    );
  for (const [name, ...flags] of [['int8', '--precision', 'int8'], ['full']] as const) {
    const trained = await train(name, ...flags);
    expect(trained, trained.err).toMatchObject({ code: 0 });
  }
  const { config } = JSON.parse(await readFile(path('int8/model/model.json'), 'utf8'));
  expect(config).toMatchObject({ precision: 'int8' });

  const images = ['000', '001', '002'].map((name) => `parts/leather/test/good/${name}.png`);
  const together = await scores('int8/model', ...images);
  const [alone] = await scores('int8/model', images[1] as string);
  expect(alone).toBe(together[1]);
  const full = await scores('full/model', ...images);
  together.forEach((score, i) => {
    expect(score).not.toBe(full[i]);
    expect(Math.abs(score / (full[i] as number) - 1)).toBeLessThan(0.1);
  });

  const elsewhere = await mint('predict', ...images, '--model', 'int8/model', '--device', 'cpu');
  expect(elsewhere).toMatchObject({ code: 1, err: expect.stringContaining('int8') });
}, 120_000);
