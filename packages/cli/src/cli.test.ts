import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { weightsIn } from '@mint/test-utils';
import { beforeAll, describe, expect, test } from 'vitest';
import { mintIn, QUICK } from './__fixtures__/run.js';

let work: string;

const mint = (...args: string[]) => mintIn(work, args);

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'mint-cli-'));
  const dataset = proceduralDataset({ trainPerClass: 3, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
  await writeMvtec(dataset, join(work, 'parts'));
});

describe('mint train, evaluate, predict', () => {
  test('turn folders of images into a model, metrics, overlays and scores; an unreadable image is reported and left out', async () => {
    await writeFile(join(work, 'parts', 'gear', 'train', 'good', 'broken.png'), 'no image');
    const flags = ['--classes', 'gear,weave', ...QUICK, '--batch-size', '2', '--overlays', '1'];
    const trained = await mint('train', 'parts', '--out', 'runs/a', ...flags);
    expect(trained.err).toContain('broken.png');
    expect(trained).toMatchObject({ code: 0 });
    expect(trained.out).toMatch(/^gear +1 +4 /m);
    expect((await readdir(join(work, 'runs/a'))).sort()).toEqual(
      ['checkpoints', 'config.json', 'log.jsonl', 'metrics.json', 'model', 'overlays', 'report.html'].sort(),
    );
    const metrics = JSON.parse(await readFile(join(work, 'runs/a/metrics.json'), 'utf8'));
    // What `auto` chose.
    const config = JSON.parse(await readFile(join(work, 'runs/a/config.json'), 'utf8'));
    expect([config.device, metrics.protocol.backend]).toEqual(['onnx', 'onnx']);
    expect(Object.keys(metrics)).toEqual(['protocol', 'perClass', 'classMean', 'pooled', 'decisions']);
    expect(metrics.decisions).toMatchObject({ alpha: 0.05, perClass: { gear: { undecided: 5 } } });
    expect(metrics.perClass.weave).toMatchObject({ normal: 1, anomalous: 4, imageAuroc: expect.any(Number) });

    const again = await mint(
      'evaluate',
      'parts',
      '--model',
      'runs/a/model',
      '--out',
      'runs/b',
      '--classes',
      'gear,weave',
      '--json',
    );
    expect(again.code).toBe(0);
    const repeated = JSON.parse(await readFile(join(work, 'runs/b/metrics.json'), 'utf8'));
    expect(repeated.perClass).toEqual(metrics.perClass);
    expect(JSON.parse(again.out)).toEqual(repeated);

    expect(await mint('diff-protocol', 'runs/a', 'runs/b/metrics.json')).toMatchObject({ code: 0 });
    repeated.protocol.auProFprLimit = 0.05;
    await writeFile(join(work, 'other.json'), JSON.stringify(repeated));
    const differs = await mint('diff-protocol', 'runs/a', 'other.json');
    expect(differs).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^auProFprLimit: "0\.3" \| 0\.05\n/),
    });
    expect(differs.out.trim().split('\n')).toHaveLength(2);

    const images = ['parts/gear/test/good/000.png', 'parts/gear/train/good/broken.png'];
    const predicted = await mint('predict', ...images, '--model', 'runs/a/model', '--out', 'seen');
    expect(predicted.code).toBe(1);
    expect(predicted.err).toContain('broken.png');
    // One held-out image per class: too few for the default of 5 %, so there is a p-value but no decision.
    expect(predicted.out).toMatch(
      /^parts\/gear\/test\/good\/000\.png +[\d.]+ +(gear|weave) +[01]\.\d{3}( +(0\.500|1\.000)){2} +none$/m,
    );
    expect(trained.out).toMatch(
      /gear +1 held-out good images +none: too few images; the lowest possible rate is 0\.5/,
    );
    expect((await readdir(join(work, 'seen'))).sort()).toEqual(['0000_000.png.png', 'results.csv']);

    await truncate(await weightsIn(join(work, 'runs/a/model')), 1000);
    const broken = await mint('predict', images[0] ?? '', '--model', 'runs/a/model');
    expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('.safetensors: its SHA-256') });
  }, 240_000); // runs `mint` many times: 15 s on a quiet machine

  test('mint calibrate changes limits from good images only; weights stay the same, each change is recorded', async () => {
    const trained = await mint(
      'train',
      'parts',
      '--out',
      'runs/c',
      ...QUICK,
      '--classes',
      'gear,weave',
      '--json',
    );
    expect(trained.code).toBe(0);
    const model = join(work, 'runs/c/model');
    const { metrics, ...told } = JSON.parse(trained.out);
    expect(told).toMatchObject({ model, alpha: 0.05, thresholds: {} });
    expect(metrics).toEqual(JSON.parse(await readFile(join(work, 'runs/c/metrics.json'), 'utf8')));
    const weights = await readFile(await weightsIn(model));
    const description = async () => JSON.parse(await readFile(join(model, 'model.json'), 'utf8'));
    const before = await description();
    const { fit, heldOut, test: tests } = before.pictures;
    expect([fit, heldOut, tests].map((list: string) => list.split(' ').length)).toEqual([4, 2, 10]);

    // Held-out images are not trained on, and neither are tested: 16 different ones.
    expect(new Set([fit, heldOut, tests].join(' ').split(' ')).size).toBe(16);

    // With one held-out image per class the lowest possible rate is 0.5.
    const strict = await mint('calibrate', 'runs/c/model', '--alpha', '0.3');
    expect(strict).toMatchObject({ code: 1, err: expect.stringContaining('gear 0.5 with 1 good images') });
    expect(await description()).toEqual(before);

    const fresh = proceduralDataset({ seed: 5, trainPerClass: 3, testGoodPerClass: 0, size: 64 });
    await writeMvtec(fresh, join(work, 'fresh'));
    for (const name of ['gear', 'weave'])
      await cp(join(work, 'fresh', name, 'train/good'), join(work, 'new', name), { recursive: true });
    const args = ['calibrate', 'runs/c/model', '--alpha', '0.3', '--add'];
    expect(await mint(...args, 'new')).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /gear +4 held-out good images +score [\d.]+, map [\d.]+, out-of-distribution score [\d.]+$/m,
      ),
    });
    const after = await description();
    expect(after.calibration.history).toEqual([
      {
        date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        alphaBefore: 0.05,
        alpha: 0.3,
        pictures: 8,
        added: expect.any(Array),
      },
    ]);
    expect(after.calibration.history[0].added).toHaveLength(6);
    expect(after.calibration.normalScores.gear[0]).toBe(before.calibration.normalScores.gear[0]);
    // The ⌈5 · 0.7⌉-th of four scores is the highest.
    expect(after.calibration.thresholds.gear.image).toBe(Math.max(...after.calibration.normalScores.gear));
    expect(after.pictures.heldOut.split(' ')).toHaveLength(8);
    expect(weights.equals(await readFile(await weightsIn(model)))).toBe(true);

    // Each image only once, and none that the model was trained or tested on.
    for (const [image, reason] of [
      ['new/gear/000.png', 'it would count twice'],
      ['parts/gear/test/good/000.png', 'it is a test image'],
      ['parts/gear/train/good/000.png', '(trained on it|it would count twice)'],
    ] as const) {
      await rm(join(work, 'again'), { recursive: true, force: true });
      await mkdir(join(work, 'again'));
      await copyFile(join(work, image), join(work, 'again', 'copy.png'));
      const refused = await mint(...args, 'again', '--class', 'gear');
      expect(refused).toMatchObject({
        code: 1,
        err: expect.stringMatching(`copy.png: cannot be added: .*${reason}`),
      });
    }
    expect(await description()).toEqual(after);

    // A limit edited by hand applies; the class can be given.
    const edited = { ...after, calibration: { ...after.calibration, thresholds: {} } };
    Object.assign(edited.calibration.thresholds, { gear: { image: -1, pixel: 0, strangeness: 1e9 } });
    await writeFile(join(model, 'model.json'), JSON.stringify(edited));
    const image = 'parts/gear/test/good/000.png';
    const alarm = await mint('predict', image, '--model', 'runs/c/model', '--class', 'gear');
    expect(alarm.out).toMatch(/ gear +[\d.]+ +[\d.]+ +[\d.]+ +alarm$/m);
    Object.assign(edited.calibration.thresholds, { gear: { image: 1e9, pixel: 0, strangeness: 0 } });
    await writeFile(join(model, 'model.json'), JSON.stringify(edited));
    const stranger = await mint('predict', image, '--model', 'runs/c/model', '--class', 'gear');
    expect(stranger.out).toMatch(/ unknown class$/m);
    const wrong = await mint('predict', image, '--model', 'runs/c/model', '--class', 'nut');
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringContaining("does not know the class 'nut'; it knows gear, weave"),
    });
  }, 240_000); // runs `mint` many times: 15 s on a quiet machine
});

describe('a mistake gives one clear line', () => {
  test.each([
    ['a wrong folder', ['train', 'nowhere', '--out', 'x'], 1, 'nowhere'],
    ['a folder without categories', ['train', 'empty', '--out', 'x'], 1, 'train/good'],
    ['an unknown class', ['train', 'parts', '--out', 'x', '--classes', 'nut'], 1, 'nut'],
    [
      'missing weights',
      ['train', 'parts', '--out', 'x', '--weights', 'w.safetensors'],
      1,
      'w.safetensors: cannot read',
    ],
    [
      'a damaged weight file',
      ['train', 'parts', '--out', 'x', '--weights', 'bad.safetensors'],
      1,
      'bad.safetensors: not a valid',
    ],
    [
      'nothing to resume',
      ['train', 'parts', '--out', 'x', ...QUICK, '--classes', 'weave', '--resume'],
      1,
      'checkpoint to resume from',
    ],
    ['a missing model', ['predict', 'p.png', '--model', 'nowhere'], 1, 'model.json'],
    [
      'nothing to calibrate',
      ['calibrate', 'x'],
      1,
      'give --alpha, --review, --min-area, --roi, --add or --from-history',
    ],
    ['a false-alarm rate of 1', ['calibrate', 'x', '--alpha', '1'], 2, 'between 0 and 1'],
    ['a file without metrics', ['diff-protocol', 'bad.json', 'bad.json'], 1, 'there is no `protocol`'],
    ['a missing option', ['train', 'parts'], 2, "required option '--out <folder>'"],
    ['an unknown device', ['quickstart', '--device', 'gpu'], 2, 'auto, onnx, onnx:webgpu'],
    ['a learning rate below 0', ['train', 'parts', '--out', 'x', '--learning-rate=-1'], 2, 'above 0'],
  ])('%s', async (_name, args, code, message) => {
    await mkdir(join(work, 'empty'), { recursive: true });
    await writeFile(join(work, 'bad.safetensors'), 'truncated');
    await writeFile(join(work, 'bad.json'), '{"protocol": 3}');
    const result = await mint(...args);
    expect(result.err).toContain(message);
    expect(result.code).toBe(code);
    expect(result.err).not.toMatch(/\n {4}at /);
  });
});
