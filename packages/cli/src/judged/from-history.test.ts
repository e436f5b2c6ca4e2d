import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '@mint/data';
import { MintDetector, shortHash } from '@mint/detector';
import { openHistory } from '@mint/history';
import { sha256 } from '@mint/internal/node';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test, vi } from 'vitest';
import { mintHere } from '../__fixtures__/run.js';
import { bmp, tinyDetector } from '../__fixtures__/tiny-detector.js';
import type { LeftOut } from './judged-images.js';
import { withJudged } from './judged-samples.js';

const work = temporaryFolder();
const at = (...parts: string[]) => join(work.path, ...parts);

/** A model, and a record of its decisions about images 1 to `count`. The limit of a nut is such that all are alarms. */
async function predicted(count: number, change: (model: string) => Promise<void> = async () => {}) {
  const detector = await tinyDetector();
  await detector.save(at('model'));
  detector.dispose();
  await change(at('model'));
  await mkdir(at('new'), { recursive: true });
  for (let n = 1; n <= count; n++) await writeFile(at('new', `${n}.bmp`), bmp(n));
  const flags = [
    '--model',
    at('model'),
    '--class',
    'nut',
    '--device',
    'onnx',
    '--history',
    at('line.sqlite'),
  ];
  await mintHere(['predict', at('new'), ...flags]);
  const history = await openHistory(at('line.sqlite'));
  const rows = await history.list({}, { limit: 1000 });
  await history.close();
  return rows.toSorted((a, b) => a.source.localeCompare(b.source, 'en', { numeric: true }));
}

const judge = async (ids: readonly (number | undefined)[], verdict = 'good') => {
  const history = await openHistory(at('line.sqlite'));
  for (const id of ids)
    await history.judge(id ?? 0, { verdict: verdict as 'good' | 'defective', person: 'Kim', time: 1 });
  await history.close();
};
const calibrate = (...more: string[]) =>
  mintHere([
    'calibrate',
    at('model'),
    '--from-history',
    at('line.sqlite'),
    '--device',
    'onnx',
    '--json',
    ...more,
  ]);
const calibrationOf = async () => {
  const detector = await MintDetector.load(at('model'));
  const { calibration, images } = detector.toState();
  detector.dispose();
  return { calibration, images };
};

test('limits from recorded scores are those that the same images give', async () => {
  const rows = await predicted(4);
  await judge(rows.map(({ id }) => id));
  const before = await calibrationOf();
  await calibrate();
  const recorded = await calibrationOf();
  expect(recorded.calibration?.normalScores.nut).toHaveLength(6);
  expect(recorded.images?.heldOut.toSorted()).toEqual(
    rows.map(({ imageHash }) => shortHash(imageHash)).sort(),
  );

  // The same images, read and scored again.
  const again = await tinyDetector();
  await again.save(at('model'));
  again.dispose();
  expect(await calibrationOf()).toEqual(before);
  await mintHere([
    'calibrate',
    at('model'),
    '--add',
    at('new'),
    '--class',
    'nut',
    '--device',
    'onnx',
    '--cache',
    at('cache'),
  ]);
  const scored = await calibrationOf();
  for (const key of ['normalScores', 'normalMaxima'] as const) {
    const [one, other] = [recorded, scored].map(({ calibration }) =>
      calibration?.[key].nut?.toSorted((a, b) => a - b),
    );
    expect(one).toHaveLength(6);
    expect(one).toEqual(other?.map((value) => expect.closeTo(value, 3)));
  }

  // The change is noted, and none of the images counts twice.
  await expect(calibrate()).rejects.toThrow(/4 that its limits rest on already/);
  const { out } = await mintHere(['history', 'audit', at('line.sqlite'), '--json']);
  expect(JSON.parse(out)).toMatchObject([{ action: 'limits', details: { model: at('model') } }]);
});

test('images that are not judged good, of a test set, or of another model are not used', async () => {
  const rows = await predicted(5, async (model) => {
    const detector = await MintDetector.load(model);
    const test = [shortHash(sha256(bmp(1)))];
    await MintDetector.fromState({ ...detector.toState(), images: { fit: [], heldOut: [], test } }).save(
      model,
    );
    detector.dispose();
  });
  const [first, second, third, fourth] = rows.map(({ id }) => id);
  await judge([first, second, third]);
  await judge([third, fourth], 'defective');
  await calibrate();
  const { images } = await calibrationOf();
  expect(images?.heldOut).toEqual([shortHash(rows[1]?.imageHash ?? '')]);

  const history = await openHistory(at('line.sqlite'));
  const other = {
    ...rows[4],
    time: 5,
    station: 'line-3',
    imageHash: 'f'.repeat(64),
    source: 'x',
    decision: 'alarm',
    modelHash: 'x',
    milliseconds: 1,
  } as const;
  const id = await history.record({ ...other, details: { ...rows[4]?.details, scoring: 'another' } });
  await history.close();
  await judge([id]);
  await expect(calibrate()).rejects.toThrow(
    /1 scored by another model, 1 that its limits rest on already, 1 of its test set|1 of its test set/,
  );
});

test('a class whose alarms were judged less often than its other images keeps its limits', async () => {
  const rows = await predicted(4);
  const history = await openHistory(at('line.sqlite'));
  // As if the last two had raised no alarm: of those, both are judged; of the alarms, one of four.
  const quiet = await Promise.all(
    [5, 6].map((n) =>
      history.record({
        ...rows[0],
        ...{ time: n, imageHash: sha256(bmp(n)), decision: 'ok' as const },
      } as never),
    ),
  );
  await history.close();
  await judge([...quiet, rows[0]?.id]);
  await expect(calibrate()).rejects.toThrow(/3 of nut, whose alarms are judged less often/);
  await judge(rows.map(({ id }) => id));
  await calibrate();
  expect((await calibrationOf()).calibration?.normalScores.nut).toHaveLength(8);
});

test('mint train learns judged images whose files are still there, once, and none of its test images', async () => {
  await predicted(0).catch(() => {});
  await mkdir(at('new'), { recursive: true });
  const history = await openHistory(at('train.sqlite'));
  const base = {
    station: 'a',
    className: 'nut',
    score: 1,
    decision: 'ok',
    modelHash: 'a',
    milliseconds: 1,
  } as const;
  for (const [n, name] of ['kept', 'kept', 'changed', 'gone', 'test', 'other'].entries()) {
    const source = at('new', `${name}.bmp`);
    const bytes = bmp(name === 'kept' ? 20 : 30 + n);
    if (name !== 'gone') await writeFile(source, name === 'changed' ? bmp(99) : bytes);
    const className = name === 'other' ? 'washer' : 'nut';
    const id = await history.record({ ...base, time: n, source, className, imageHash: sha256(bytes) });
    await history.judge(id, { verdict: 'good', person: 'Kim', time: n });
  }
  const sample = {
    className: 'nut',
    classIndex: 0,
    label: 'normal',
    imagePath: at('new', 'test.bmp'),
  } as const;
  const samples = [{ ...sample, id: 'nut/1', split: 'test' as const }];
  const dataset: Dataset = { name: 'parts', warnings: [], classes: ['nut'], samples };
  const left: LeftOut = new Map();
  const kept = { folder: at('kept'), leastSide: 0 };
  const more = await withJudged(dataset, history, kept, left);
  await history.close();
  expect(more.originals).toEqual([]);
  expect(more.dataset.samples.slice(1)).toEqual([
    expect.objectContaining({
      className: 'nut',
      split: 'train',
      label: 'normal',
      imagePath: at('new', 'kept.bmp'),
    }),
  ]);
  expect(Object.fromEntries(left)).toEqual({
    'of no class of the model': 1,
    'of its test set': 1,
    'whose file is not there any more, or has changed, and of which the record keeps no image': 2,
    'that were judged twice': 1,
  });
});

test('an image without a file is learned as the record keeps it, and no limit ever rests on it', async () => {
  const { proceduralDataset, writeMvtec } = await import('@mint/data');
  const size = { trainPerClass: 12, testGoodPerClass: 2, defectsPerClass: 1, size: 64 };
  await writeMvtec(proceduralDataset(size), at('parts'));
  const history = await openHistory(at('http.sqlite'));
  const base = { station: 'a', source: 'body', className: 'gear', score: 1, decision: 'ok' } as const;
  const made = { modelHash: 'a', milliseconds: 1 };
  const picture = async (side: number) => {
    const { encodePng } = await import('../output/png.js');
    return encodePng({ width: side, height: side, data: new Uint8Array(3 * side * side).fill(90) });
  };
  const add = async (n: number, bytes: Uint8Array | undefined, details = {}) => {
    const type = 'image/png';
    const images = bytes === undefined ? [] : [{ kind: 'thumbnail' as const, type, bytes }];
    const row = { ...base, ...made, time: n, imageHash: sha256(`original ${n}`), details };
    const id = await history.record(row, images);
    await history.judge(id, { verdict: 'good', person: 'Kim', time: n });
  };
  await add(1, await picture(64), { frame: [0, 0, 640, 640] });
  await add(2, await picture(64), { frame: [10, 0, 620, 640] });
  await add(3, await picture(32));
  await add(4, undefined);
  await add(5, Uint8Array.of(1, 2, 3));
  await history.close();
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const settings = ['--backbone', 'scattering', '--preset', 'quick', '--input', '64', '--epochs', '1'];
  const more = ['--classes', 'gear', '--overlays', '0', '--device', 'onnx', '--out', at('runs/a')];
  await mintHere(['train', at('parts'), ...settings, ...more, '--from-history', at('http.sqlite')]);
  const text = said.mock.calls.map(([line]) => String(line)).join('');
  said.mockRestore();
  expect(text).toContain('1 recorded images that people judged good, 1 of them as the small images');
  expect(text).toMatch(
    /3 whose file is not there any more, and whose kept image is too small or shows a part/,
  );
  expect(text).toMatch(
    /1 whose file is not there any more, or has changed, and of which the record keeps no/,
  );
  expect(await readdir(at('runs/judged-images'))).toEqual([`${sha256('original 1')}.png`]);
  const detector = await MintDetector.load(at('runs/a/model'));
  const { images } = detector.toState();
  detector.dispose();
  const learned = shortHash(sha256(await picture(64)));
  expect([...(images?.fit ?? []), ...(images?.heldOut ?? [])]).toContain(learned);
  expect(images?.fit).toContain(shortHash(sha256('original 1')));
  await expect(
    mintHere(['calibrate', at('runs/a/model'), '--from-history', at('http.sqlite'), '--device', 'onnx']),
  ).rejects.toThrow(/1 that the model was trained on/);
});
