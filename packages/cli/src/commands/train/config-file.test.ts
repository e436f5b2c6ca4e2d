import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readConfigFile } from './config-file.js';
import { laidOver } from './settings.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-config-'));
});

const read = async (text: string) => {
  const path = join(folder, 'mint.json');
  await writeFile(path, text);
  return readConfigFile(path);
};

describe('readConfigFile()', () => {
  test('reads a file, with paths relative to its folder', async () => {
    const config = await read(`{
      "preset": "quick", // small
      "weights": "b4.safetensors", "cache": "/tmp/cache",
      "train": { "epochs": 3, "validation": { "share": 0.1, "copies": 2, "everyEpochs": 1 } },
      "detector": { "network": { "hidden": 64 } },
    }`);
    expect(config).toEqual({
      preset: 'quick',
      weights: [join(folder, 'b4.safetensors')],
      cache: '/tmp/cache',
      train: { epochs: 3, validation: { share: 0.1, copies: 2, everyEpochs: 1 } },
      detector: { network: { hidden: 64 } },
    });
  });

  test.each([
    ['{ "modell": "uniad" }', `there is no setting "modell"; did you mean 'model'?`],
    [
      '{ "train": { "learningrate": 1 } }',
      `train: there is no setting "learningrate"; did you mean 'learningRate'?`,
    ],
    ['{ "train": { "seed": 1 } }', 'train: there is no setting "seed"'],
    ['{ "detector": { "network": { "window": [7] } } }', 'detector.network.window'],
    ['{ "preset": "fast" }', 'preset: expected "paper" or "cpu" or "quick", got "fast".'],
    ['{ "train": { "epochs": null } }', 'train.epochs: expected a number, got null.'],
    ['{ "preset": "cpu" "model": "uniad" }', 'line 1: not JSON'],
  ])('%s', async (text, message) => {
    await expect(read(text)).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
    await expect(read(text)).rejects.toThrow(join(folder, 'mint.json'));
  });
});

test('a flag that was given overrides the file, and the file overrides a default', () => {
  const flags = { seed: 7, alpha: 0.05, model: 'mint-ad', out: 'runs/a' };
  const merged = laidOver(flags, { seed: 1, alpha: 0.1 }, (name) => name === 'seed' || name === 'out');
  expect(merged).toEqual({ seed: 7, alpha: 0.1, model: 'mint-ad', out: 'runs/a' });
});
