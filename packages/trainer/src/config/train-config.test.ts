import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PRESETS, parseTrainConfig, readJsonc } from '../index.js';

const good = { ...PRESETS.cpu.train, seed: 0 };
const full = {
  ...good,
  microBatchSize: 2,
  schedule: { kind: 'one-cycle', warmup: 0.3, divFactor: 10, finalDivFactor: 100 },
  augment: { copies: 2, mirror: true, rotate: 10 },
  emaDecay: 0.99,
  balanceClasses: true,
  validation: { share: 0.1, copies: 3, everyEpochs: 1, patience: 4 },
};

describe('parseTrainConfig()', () => {
  test('gives back what is right, every preset among it', () => {
    expect(parseTrainConfig(full, 'f')).toEqual(full);
    for (const { train } of Object.values(PRESETS))
      expect(parseTrainConfig({ ...train, seed: 3 }, 'f')).toEqual({ ...train, seed: 3 });
  });

  test.each<[object, string]>([
    [{ epoch: 3 }, `there is no setting "epoch"; did you mean 'epochs'?`],
    [{ learning_rate: 1 }, `there is no setting "learning_rate"; did you mean 'learningRate'?`],
    [{ zzzzzz: 1 }, 'there is no setting "zzzzzz"; there are seed, epochs, batchSize'],
    [{ epochs: 1.5 }, 'epochs: expected a whole number, got 1.5.'],
    [{ epochs: 0 }, 'epochs: expected at least 1, got 0.'],
    [{ epochs: undefined }, 'epochs: expected a number, got nothing.'],
    [{ learningRate: '1e-3' }, 'learningRate: expected a number, got "1e-3".'],
    [{ learningRate: 0 }, 'learningRate: expected more than 0, got 0.'],
    [{ learningRate: Number.POSITIVE_INFINITY }, 'learningRate: expected a number, got Infinity.'],
    [{ dropout: 1 }, 'dropout: expected less than 1, got 1.'],
    [{ holdout: -0.1 }, 'holdout: expected at least 0, got -0.1.'],
    [{ balanceClasses: 'yes' }, 'balanceClasses: expected true or false, got "yes".'],
    [
      { schedule: { kind: 'steps', at: 1 } },
      'schedule.kind: expected "step" or "cosine" or "one-cycle", got "steps".',
    ],
    [{ schedule: 'step' }, 'schedule: expected an object, got "step".'],
    [
      { schedule: { kind: 'cosine', warmup: 0.1, warmUp: 1 } },
      `schedule: there is no setting "warmUp"; did you mean 'warmup'?`,
    ],
    [{ augment: { copies: 1, rotate: 60 } }, 'augment.rotate: expected at most 45, got 60.'],
    [{ validation: { share: 0.1, copies: 3 } }, 'validation.everyEpochs: expected a number, got nothing.'],
    [
      { epochs: -1, dropout: 2, clipNorm: 0 },
      'epochs: expected at least 1, got -1. (2 more settings are wrong)',
    ],
  ])('%j', (change, message) => {
    expect(() => parseTrainConfig({ ...good, ...change }, 'a/file.json')).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^a\/file\.json: /),
      }),
    );
    expect(() => parseTrainConfig({ ...good, ...change }, 'a/file.json')).toThrow(message);
  });

  test('is not fooled by what is no object, nor by a prototype', () => {
    for (const value of [null, [], 'x', 3])
      expect(() => parseTrainConfig(value, 'f')).toThrow(/^f: expected an object, got/);
    const sly: unknown = JSON.parse(JSON.stringify(good).replace('{', '{"__proto__": {"epochs": 2}, '));
    expect(() => parseTrainConfig(sly, 'f')).toThrow('there is no setting "__proto__"');
  });
});

describe('readJsonc()', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mint-settings-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = async (text: string) => {
    const path = join(folder, 'c.json');
    await writeFile(path, text);
    return readJsonc('configuration', path);
  };

  test('takes comments and trailing commas, and leaves texts alone', async () => {
    const text = '// first\n{ "a": [1, 2, ], /* "b": 3, */ "url": "http://x//y, }",\n}\n';
    expect(await read(text)).toEqual({ a: [1, 2], url: 'http://x//y, }' });
  });

  test('names the line of a mistake, behind comments too', async () => {
    await expect(read('{\n// one\n/* two\nthree */ "a": 1\n"b": 2 }')).rejects.toThrow(
      /c\.json: line 5: not JSON: /,
    );
    await expect(read('{ "a": 1')).rejects.toThrow(/line 1: not JSON/);
    await expect(read('')).rejects.toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  test('refuses a missing file and one that is far too large', async () => {
    await expect(readJsonc('configuration', join(folder, 'none.json'))).rejects.toThrow(
      'there is no such file',
    );
    await expect(read(' '.repeat(1_000_001))).rejects.toThrow('at most 1000000 bytes');
    await expect(read('['.repeat(900_000))).rejects.toThrow('not JSON');
  });
});
