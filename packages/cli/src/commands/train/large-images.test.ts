import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { expect, test } from 'vitest';
import { mintIn, QUICK } from '../../__fixtures__/run.js';

test('mint train --tiles auto --augment: overlays of whole images, one decision per image, the same results from evaluate and predict', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'mint-large-'));
  try {
    const dataset = proceduralDataset({
      trainPerClass: 3,
      testGoodPerClass: 1,
      defectsPerClass: 1,
      size: 401,
    });
    await writeMvtec(dataset, join(cwd, 'parts'));
    const flags = ['--classes', 'gear,weave', '--overlays', '1', ...QUICK];
    const wrong = await mintIn(cwd, [
      'train',
      'parts',
      '--out',
      'x',
      '--tiles',
      'auto',
      '--protocol',
      'uniad',
    ]);
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringContaining('--protocol uniad: prescribes how images are prepared'),
    });
    const changes = ['--tiles', 'auto', '--augment', 'mirror,brightness=0.1'];
    const trained = await mintIn(cwd, ['train', 'parts', '--out', 'runs/a', ...flags, ...changes]);
    expect(trained.code, trained.err).toBe(0);
    const read = async (file: string) => JSON.parse(await readFile(join(cwd, file), 'utf8'));
    const { config, provenance, pictures, calibration } = await read('runs/a/model/model.json');
    expect(config.input.tiles).toBe('auto');
    expect(provenance).toMatchObject({ augment: 'mirror,brightness=0.1,copies=1', trainPictures: 4 });
    expect([pictures.fit, pictures.heldOut].map((list: string) => list.split(' ').length)).toEqual([4, 2]);
    expect(calibration.normalScores.gear).toHaveLength(1);
    // Four images in 2 x 2 tiles, each once as it is and once changed: four steps of eight.
    expect((await readFile(join(cwd, 'runs/a/log.jsonl'), 'utf8')).match(/"loss":/g)).toHaveLength(4);

    const metrics = await read('runs/a/metrics.json');
    expect(metrics.protocol.evaluationSize).toBe('224x224, the picture as taken where it is in tiles');
    expect(metrics.perClass.gear).toMatchObject({ normal: 1, anomalous: 4, auPro: expect.any(Number) });
    const again = await mintIn(cwd, [
      'evaluate',
      'parts',
      '--model',
      'runs/a/model',
      '--out',
      'runs/b',
      '--classes',
      'gear,weave',
    ]);
    expect(again.code, again.err).toBe(0);
    const repeated = await read('runs/b/metrics.json');
    for (const name of ['gear', 'weave']) {
      // The backend's graphs, and with them the last digits, depend on the shapes that the process has seen before.
      for (const key of ['imageAuroc', 'pixelAuroc', 'auPro'])
        expect(repeated.perClass[name][key]).toBeCloseTo(metrics.perClass[name][key], 5);
    }

    const [overlay = ''] = await readdir(join(cwd, 'runs/a/overlays/gear'));
    const png = await readFile(join(cwd, 'runs/a/overlays/gear', overlay));
    // Image and heat map side by side, each 401 pixels wide and high.
    expect(png.readUInt32BE(16)).toBeGreaterThan(2 * 401);
    expect(png.readUInt32BE(20)).toBeGreaterThan(401);

    const held = new Set<string>(pictures.heldOut.split(' '));
    expect(held.size).toBe(2);
    const predicted = await mintIn(cwd, [
      'predict',
      'parts/gear/train/good/*.png',
      '--model',
      'runs/a/model',
    ]);
    expect(predicted.code, predicted.err).toBe(0);
    // The held-out image gets the score that its limit was computed from.
    const scores = [...predicted.out.matchAll(/\.png +([\d.]+)/g)].map(([, score]) => Number(score));
    expect(scores).toHaveLength(3);
    const [limit] = calibration.normalScores.gear;
    expect(Math.min(...scores.map((score) => Math.abs(score - limit)))).toBeLessThan(1e-3);
  } finally {
    await rm(cwd, { recursive: true });
  }
}, 240_000); // runs `mint` many times: 15 s on a quiet machine
