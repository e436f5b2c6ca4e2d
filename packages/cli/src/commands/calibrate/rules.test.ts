import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MintDetector, readProbe, shortHash } from '@mint/detector';
import { sha256 } from '@mint/internal/node';
import { maskPng } from '@mint/report';
import { temporaryFolder } from '@mint/test-utils';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';
import { bmp, tinyDetector } from '../../__fixtures__/tiny-detector.js';

const folder = temporaryFolder();
const at = (path: string) => join(folder.path, path);
const seeds = Array.from({ length: 5 }, (_, i) => i + 1);

/** A model whose limits rest on the images in `set`. */
beforeEach(async () => {
  const images = ['nut', 'bolt'].flatMap((name, k) =>
    seeds.map((seed) => [`set/${name}/train/good/${seed}.bmp`, bmp(seed + 20 * k)] as const),
  );
  await folder.write(...images);
  const detector = await tinyDetector();
  const heldOut = images.map(([, bytes]) => shortHash(sha256(bytes)));
  await MintDetector.fromState({ ...detector.toState(), images: { fit: [], heldOut, test: [] } }).save(
    at('model'),
  );
  detector.dispose();
});

const calibrate = (...args: string[]) =>
  mintHere(['calibrate', at('model'), '--alpha', '0.2', '--device', 'onnx', ...args]);
const model = () => MintDetector.load(at('model'));
const predicted = async (...args: string[]) => {
  const { out } = await mintHere([
    'predict',
    at('set/nut/train/good'),
    '--model',
    at('model'),
    '--class',
    'nut',
    '--format',
    'json',
    ...args,
  ]);
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
};

describe('mint calibrate --min-area', { timeout: 240_000 }, () => {
  test('sets rule and limit together from the held-out images; what the rule hides is listed', async () => {
    const { out } = await calibrate('--min-area', 'nut=300px', '--review', '0.5', '--data', at('set'));
    expect(out).toMatch(/nut .*map [\d.]+ over at least 300 px, review [\d.]+/);
    expect(out).toContain('at most 0.2 false alarms per good image, and at most 0.5 alarms and reviews');
    const { calibration } = await model();
    expect(calibration?.sizeRules).toEqual({ nut: { area: 300, unit: 'px' } });
    const peaks = calibration?.normalSizedPeaks?.nut ?? [];
    expect(peaks).toHaveLength(5);
    expect(calibration?.normalSizedPeaks?.bolt).toBeUndefined();
    const { nut } = calibration?.thresholds ?? {};
    // The fifth of five at 0.2, the third at 0.5.
    const sorted = peaks.toSorted((a, b) => a - b);
    expect(nut).toMatchObject({
      image: sorted[4],
      pixel: sorted[4],
      review: { image: sorted[2], pixel: sorted[2] },
    });
    expect(calibration?.history?.at(-1)).toMatchObject({
      reviewAlpha: 0.5,
      sizeRules: { nut: { area: 300 } },
    });
    const rows = await predicted();
    const count = (decision: string) => rows.filter((row) => row.decision === decision).length;
    // An image at a limit may differ from its cached score by the last digit.
    expect(count('alarm') + count('review') - 2).toBeLessThanOrEqual(2);
    expect(count('review')).toBeGreaterThan(0);
    expect(count('ok')).toBeGreaterThan(0);
    for (const { decision, regions, smallRegions, sizedPeak } of rows) {
      expect(regions.length > 0).toBe(decision !== 'ok');
      for (const { area } of regions) expect(area).toBeGreaterThanOrEqual(300);
      for (const { area } of smallRegions) expect(area).toBeLessThan(300);
      expect(sizedPeak).toBeGreaterThan(0);
    }
    // Another rate later keeps the rule.
    await calibrate('--alpha', '0.4');
    expect((await model()).calibration?.thresholds.nut?.image).toBe(sorted[3]);
  });

  test('needs the images that the limits rest on, all of them', async () => {
    await expect(calibrate('--min-area', '20px')).rejects.toThrow(
      'give the data set that the model was trained on',
    );
    await rm(at('set/nut/train/good/3.bmp'));
    await expect(calibrate('--min-area', '20px', '--data', at('set'))).rejects.toThrow(
      '1 of the 10 images that the limits rest on are not there',
    );
    expect((await model()).calibration?.alpha).toBe(0.4);
  });
});

describe('mint calibrate --roi', { timeout: 240_000 }, () => {
  const mask = (from: number, to: number) => {
    const [width, height] = [40, 40];
    const data = Uint8Array.from({ length: width * height }, (_, i) =>
      Number(i % width >= from && i % width < to),
    );
    return maskPng({ width, height, data });
  };

  test('looks only at the region from then on, in limits, scores and regions; none takes it away', async () => {
    await calibrate('--data', at('set'), '--min-area', '1px');
    const before = await model();
    await folder.write(['roi/nut.png', mask(0, 20)]);
    await calibrate('--alpha', '0.5', '--roi', at('roi'), '--data', at('set'));
    const { calibration } = await model();
    expect(Object.keys(calibration?.regionsOfInterest ?? {})).toEqual(['nut']);
    expect(calibration?.normalSizedPeaks?.nut).not.toEqual(before.calibration?.normalSizedPeaks?.nut);
    expect(calibration?.normalScores.bolt).toEqual(before.calibration?.normalScores.bolt);
    expect(Object.keys(calibration?.outsidePixels ?? {})).toEqual(['nut']);
    expect(calibration?.outsidePixels?.nut).toHaveLength(192);
    // A rule of another kind later keeps what stands in for the outside.
    await calibrate('--alpha', '0.5', '--min-area', '2px', '--data', at('set'));
    expect((await model()).calibration?.outsidePixels).toEqual(calibration?.outsidePixels);
    const rows = await predicted();
    const boxes = rows.flatMap(({ regions }) => regions.map(({ box }: { box: number[] }) => box));
    expect(boxes.length).toBeGreaterThan(0);
    // Images are 32 to 36 pixels wide.
    for (const [left = 0, , width = 0] of boxes) expect(left + width).toBeLessThanOrEqual(18.6);
    expect(await readProbe(at('model'))).toBeDefined();
    await calibrate('--roi', 'none', '--data', at('set'));
    expect((await model()).calibration).toMatchObject({ regionsOfInterest: {}, outsidePixels: {} });
    expect((await model()).calibration?.normalScores.nut).toEqual(before.calibration?.normalScores.nut);
  });

  test('a single image can have a region of its own; files of no image are named', async () => {
    await folder.write(
      ['own/nut/good/3.png', mask(0, 20)],
      ['own/nut/77.json', '[[[0, 0], [1, 0], [0, 1]]]'],
    );
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await calibrate('--alpha', '0.5', '--roi', at('own'), '--data', at('set'));
    const said = write.mock.calls.map(([text]) => String(text)).join('');
    write.mockRestore();
    expect(said).toContain('images with a region of interest of their own: 1');
    expect(said).toMatch(/regions of interest that belong to no image: 1, such as .*77\.json/);
    const { calibration } = await model();
    expect(calibration?.regionsOfInterest).toEqual({});
    expect(Object.keys(calibration?.outsidePixels ?? {})).toEqual(['nut']);
    const [one, , three] = await predicted('--roi', at('own'));
    const [, , whole] = await predicted();
    expect(three.score).not.toBe(whole.score);
    expect(one.score).toBe((await predicted())[0].score);
    await folder.write(['own/nut/good/3.json', '[]']);
    await expect(predicted('--roi', at('own'))).rejects.toThrow("image 'good/3' has two files");
  });

  test('polygons in a file are shares of the image; a file of no class, an empty folder and broken polygons are refused', async () => {
    await folder.write(['areas/bolt.json', '[[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]]']);
    await calibrate('--roi', at('areas'), '--data', at('set'));
    expect((await model()).calibration?.regionsOfInterest?.bolt).toEqual([
      [
        [0, 0],
        [0.5, 0],
        [0.5, 1],
        [0, 1],
      ],
    ]);
    const refused = async (path: string, content: string | Uint8Array, message: RegExp) => {
      await folder.write([path, content]);
      const roi = at(path).slice(0, -path.length + path.indexOf('/'));
      await expect(calibrate('--roi', roi, '--data', at('set'))).rejects.toThrow(message);
    };
    await refused('a/screw.png', mask(0, 9), /screw\.png: the model has no class 'screw'; it has nut, bolt/);
    await refused('b/notes.txt', 'x', /holds no region of interest; expected <class>\.png/);
    await refused('c/nut.json', '[[[0, 0], [2, 0], [1, 1]]]', /nut\.json: expected a list of polygons/);
    await refused('d/nut.png', mask(0, 0), /nut\.png: the mask marks nothing/);
  });
});
