import { join } from 'node:path';
import { needsTestBed, temporaryFolder, testBed, testBedPath } from '@mint/test-utils';
import { describe, expect, test } from 'vitest';
import { table } from '../__fixtures__/table.js';
import {
  BTAD,
  CIFAR10_SPLITS,
  type DatasetInfo,
  loadBtad,
  loadCifar10,
  loadMvtec,
  loadMvtecVisaBtad,
  loadSample,
  loadVisa,
  MPDD,
  MVTEC_AD,
  unionDatasets,
  VISA,
} from '../index.js';

const root = temporaryFolder();

/** The official counts must add up to what the publication says of the whole set. */
function totals({ counts }: DatasetInfo) {
  const rows = Object.values(counts);
  const sum = (key: 'train' | 'testNormal' | 'testAnomalous') =>
    rows.reduce((total, row) => total + (row[key] ?? Number.NaN), 0);
  return [rows.length, sum('train'), sum('testNormal'), sum('testAnomalous')];
}

test('official counts add up to the published totals', () => {
  expect(totals(MVTEC_AD)).toEqual([15, 3629, 467, 1258]);
  expect(totals(VISA)).toEqual([12, 8659, 962, 1200]);
  // 2,540 images
  expect(totals(BTAD)).toEqual([3, 1799, 451, 290]);
  expect(totals(MPDD)).toEqual([6, 888, 176, 282]);
});

const mvtecClass = (name: string, { train = 3, good = 2, bad = 2, kind = 'bad', ending = 'png' } = {}) => [
  ...Array.from({ length: train }, (_, i) => `${name}/train/good/${i}.${ending}`),
  ...Array.from({ length: good }, (_, i) => `${name}/test/good/${i}.${ending}`),
  ...Array.from({ length: bad }, (_, i) => `${name}/test/${kind}/${i}.${ending}`),
  ...Array.from({ length: bad }, (_, i) => `${name}/ground_truth/${kind}/${i}_mask.png`),
];

describe('loadMvtec()', () => {
  test('recognises a tree with the names of MVTec AD and reports the counts', async () => {
    const names = Object.keys(MVTEC_AD.counts);
    await root.write(...names.slice(1).flatMap((name) => mvtecClass(name)));
    const dataset = await loadMvtec(root.path);
    expect(dataset).toMatchObject({
      name: 'MVTec AD',
      licence: 'CC BY-NC-SA 4.0',
      official: MVTEC_AD.counts,
    });
    expect(table(dataset).zipper).toEqual([3, 0, 2, 2, 2]);
    expect(dataset.warnings[0]).toBe('1 of the 15 classes of MVTec AD are not there: bottle.');
    expect(dataset.warnings).toContain(
      'toothbrush: 3 training images instead of 60, 2 normal test images instead of 12, 2 anomalous test images instead of 30 in the official MVTec AD.',
    );
    const chosen = await loadMvtec(root.path, { classes: ['pill'] });
    expect([chosen.name, chosen.warnings.length]).toEqual(['MVTec AD', 1]);
  });

  test('recognises MPDD, and complete counts give no warning', async () => {
    const { train = 0, testNormal = 0, testAnomalous = 0 } = MPDD.counts.connector ?? {};
    await root.write(
      ...mvtecClass('connector', { train, good: testNormal, bad: testAnomalous }),
      ...mvtecClass('tubes'),
      ...mvtecClass('metal_plate'),
    );
    const dataset = await loadMvtec(root.path, { classes: ['connector'] });
    expect([dataset.name, dataset.warnings]).toEqual(['MPDD', []]);
  });

  test('your own classes are not MVTec AD, even with a name in common', async () => {
    await root.write(...mvtecClass('screw'), ...mvtecClass('tile'), ...mvtecClass('own'));
    const { official, warnings } = await loadMvtec(root.path);
    expect([official, warnings]).toEqual([undefined, []]);
  });
});

describe('loadVisa()', () => {
  const names = Object.keys(VISA.counts);
  const rows = names.flatMap((name) => [
    `${name},train,normal,${name}/Data/Images/Normal/0000.JPG,`,
    `${name},train,normal,${name}/Data/Images/Normal/0001.JPG,`,
    `${name},test,normal,${name}/Data/Images/Normal/0002.JPG,`,
    `${name},test,anomaly,${name}/Data/Images/Anomaly/000.JPG,${name}/Data/Masks/Anomaly/000.png`,
  ]);
  const original = async (extra: string[] = []) => {
    const files = rows.flatMap((row) => row.split(',').slice(3).filter(Boolean));
    await root.write(...files, [
      'split_csv/1cls.csv',
      ['object,split,label,image,mask', ...rows, ...extra].join('\r\n'),
    ]);
  };

  test('reads the data set as downloaded, by its split file', async () => {
    await original();
    const dataset = await loadVisa(root.path);
    expect(dataset.classes).toEqual(names);
    expect(table(dataset).pipe_fryum).toEqual([2, 0, 1, 1, 1]);
    expect(dataset.samples[0]).toMatchObject({
      id: 'candle/Data/Images/Anomaly/000',
      label: 'anomalous',
      split: 'test',
      maskPath: join(root.path, 'candle/Data/Masks/Anomaly/000.png'),
    });
    expect(dataset).toMatchObject({ name: 'VisA', licence: 'CC BY 4.0' });
    expect(dataset.warnings[0]).toContain('candle: 2 training images instead of 900');
    expect((await loadVisa(root.path, { classes: ['pcb1', 'fryum'] })).classes).toEqual(['fryum', 'pcb1']);
  });

  test('uses repeated rows once and reports missing files', async () => {
    await original([rows[0] ?? '', 'fryum,test,normal,fryum/Data/Images/Normal/9999.JPG,']);
    const { samples, warnings } = await loadVisa(root.path);
    expect(samples).toHaveLength(48);
    expect(warnings[0]).toBe('1 files of the split file are not there: fryum/Data/Images/Normal/9999.JPG.');
  });

  test('refuses a split file of another form, by line, and rows that lead out', async () => {
    await original(['candle,val,normal,candle/Data/Images/Normal/0000.JPG,']);
    await expect(loadVisa(root.path)).rejects.toThrow('1cls.csv, line 50: expected train or test');
    await original(['candle,test,normal,../../etc/passwd,']);
    await expect(loadVisa(root.path)).rejects.toThrow('leads out of');
    await root.write(['split_csv/1cls.csv', 'a,b\nc,d']);
    await expect(loadVisa(root.path)).rejects.toThrow('expected the columns object,split,label,image,mask');
  });

  test.each(['', '1cls/'])("reads the authors' reorganised tree in '%s'", async (folder) => {
    await root.write(...names.flatMap((name) => mvtecClass(`${folder}${name}`, { ending: 'JPG' })));
    const dataset = await loadVisa(root.path);
    expect(dataset.classes).toEqual(names);
    expect(table(dataset).candle).toEqual([3, 0, 2, 2, 2]);
  });
});

const btadTree = () => [
  ...['01', '02', '03'].flatMap((name) => [
    `${name}/train/ok/0000.bmp`,
    `${name}/train/ok/0001.bmp`,
    `${name}/test/ok/0000.bmp`,
    `${name}/test/ko/0000.bmp`,
    `${name}/ground_truth/ko/0000.png`,
  ]),
];

test('loadBtad() reads ok and ko, BMP and PNG', async () => {
  await root.write(...btadTree());
  const dataset = await loadBtad(root.path);
  expect(table(dataset)).toEqual({ '01': [2, 0, 1, 1, 1], '02': [2, 0, 1, 1, 1], '03': [2, 0, 1, 1, 1] });
  expect(dataset.warnings).toContain(
    '03: 2 training images instead of 1000, 1 normal test images instead of 400, 1 anomalous test images instead of 41 in the official BTAD.',
  );
});

describe('the union', () => {
  test('prefixes classes, uses equal files once, and keeps the test copy', async () => {
    await root.write(
      ['a/nut/train/good/0.png', 'AA'],
      ['a/nut/train/good/1.png', 'BB'],
      ['a/nut/train/good/2.png', 'CCC'],
      ['b/nut/train/good/0.png', 'CCC'],
      ['b/nut/train/good/1.png', 'DD'],
      ['b/nut/test/good/9.png', 'BB'],
      ['b/nut/test/cut/8.png', 'DD'],
    );
    const [a, b] = [await loadMvtec(join(root.path, 'a')), await loadMvtec(join(root.path, 'b'))];
    const union = await unionDatasets({ a, b });
    expect(union.classes).toEqual(['a-nut', 'b-nut']);
    expect(union.samples.map(({ id, classIndex }) => [id, classIndex])).toEqual([
      ['a-nut/train/good/0', 0],
      ['a-nut/train/good/2', 0],
      ['b-nut/test/cut/8', 1],
      ['b-nut/test/good/9', 1],
    ]);
    expect(union.warnings.slice(-3)).toEqual([
      '3 images are copies of other images and are left out: a-nut/train/good/1, b-nut/train/good/0, b-nut/train/good/1.',
      '2 images were in training and test; they stay in the test only.',
      'equal images with different labels: b-nut/train/good/1 = b-nut/test/cut/8.',
    ]);
  });

  test('of MVTec AD, VisA and BTAD has 30 classes and their counts', async () => {
    const mvtec = Object.keys(MVTEC_AD.counts).flatMap((name) => mvtecClass(`mvtec/${name}`));
    const visa = Object.keys(VISA.counts).flatMap((name) => mvtecClass(`visa/1cls/${name}`));
    const files = [...mvtec, ...visa, ...btadTree().map((path) => `btad/${path}`)];
    // Each with content of its own, else they are copies.
    await root.write(...files.map((path) => [path, path] as const));
    const at = (name: string) => join(root.path, name);
    const union = await loadMvtecVisaBtad({ mvtec: at('mvtec'), visa: at('visa'), btad: at('btad') });
    expect(union.classes).toHaveLength(30);
    expect(new Set(union.classes).size).toBe(30);
    expect(union.samples).toHaveLength(27 * 7 + 3 * 4);
    const official = Object.values(union.official ?? {});
    expect(official.reduce((sum, { train = 0 }) => sum + train, 0)).toBe(14_087);
    expect(official.reduce((sum, row) => sum + (row.testNormal ?? 0) + (row.testAnomalous ?? 0), 0)).toBe(
      4628,
    );
    expect(union.licence).toContain('mvtec: CC BY-NC-SA 4.0; visa: CC BY 4.0; btad: ');
  });
});

describe('loadCifar10()', () => {
  const record = (label: number, fill: (i: number) => number) =>
    Buffer.from([label, ...Array.from({ length: 3072 }, (_, i) => fill(i))]);
  const batches = async (labels: number[], file = (i: number) => `data_batch_${i}.bin`) => {
    for (let i = 1; i <= 5; i++)
      await root.write([
        file(i),
        Buffer.concat(labels.map((label) => record(label, (k) => (k + label) % 256))),
      ]);
    await root.write(['test_batch.bin', Buffer.concat(labels.map((label) => record(label, (k) => k >> 10)))]);
  };

  test('reads the binary batches: planes become pixels, anomalous are the other five', async () => {
    await batches([3, 9, 8]);
    const dataset = await loadCifar10(root.path, { split: 3 });
    expect(dataset).toMatchObject({ name: 'CIFAR-10 {1,3,5,7,9}', classes: ['cifar'] });
    expect(dataset.samples.filter(({ split }) => split === 'train')).toHaveLength(10);
    const tests = dataset.samples.filter(({ split }) => split === 'test');
    expect(tests.map(({ id, label, defect }) => [id, label, defect])).toEqual([
      ['cifar/test/cat/00000', 'normal', undefined],
      ['cifar/test/truck/00001', 'normal', undefined],
      ['cifar/test/ship/00002', 'anomalous', 'ship'],
    ]);
    const [first] = tests;
    if (first === undefined) throw new Error('no sample');
    const { image } = await loadSample(first, { width: 32, height: 32, filter: 'lanczos' });
    expect([...image.data.subarray(0, 6)]).toEqual([0, 1, 2, 0, 1, 2]);
    expect(dataset.warnings).toEqual([
      '15 train images instead of 50000 in the official data set.',
      '3 test images instead of 10000 in the official data set.',
    ]);
  });

  test('with objects as classes: the same images in the same order, labelled by what they show', async () => {
    await batches([3, 9, 8]);
    const [one, objects] = await Promise.all(
      [false, true].map((objects) => loadCifar10(root.path, { split: 3, objects })),
    );
    expect(objects?.classes).toEqual(['automobile', 'cat', 'dog', 'horse', 'truck']);
    expect(objects?.samples.map(({ id, label }) => [id, label])).toEqual(
      one?.samples.map(({ id, label }) => [id, label]),
    );
    const tests = objects?.samples.filter(({ split }) => split === 'test');
    expect(tests?.map(({ className, classIndex }) => [className, classIndex])).toEqual([
      ['cat', 1],
      ['truck', 4],
      ['ship', -1],
    ]);
  });

  test('refuses batches of another size, labels out of range, a missing file and another split', async () => {
    await batches([1]);
    await expect(loadCifar10(root.path, { split: 4 })).rejects.toThrow(
      '`split` must be an integer from 0 to 3',
    );
    await root.write(['data_batch_3.bin', Buffer.alloc(3072)]);
    await expect(loadCifar10(root.path)).rejects.toThrow(
      /data_batch_3\.bin: expected .* the file has 3072 bytes/,
    );
    await batches([10]);
    await expect(loadCifar10(root.path)).rejects.toThrow('expected labels from 0 to 9, found 10');
    await root.write('empty/readme.txt');
    await expect(loadCifar10(join(root.path, 'empty'))).rejects.toThrow(
      /_batch.*\.bin: this file of CIFAR-10 is missing/,
    );
  });

  test('refuses a pack whose offsets lead out of the file', async () => {
    const pack = async (offsets: number[]) => {
      const raw = Buffer.alloc(4 * offsets.length);
      for (const [i, value] of offsets.entries()) raw.writeUInt32LE(value, 4 * i);
      for (const split of ['train', 'test'])
        await root.write(
          [`${split}.jpgs`, '1234567890'],
          [`${split}.offsets.u32`, raw],
          [`${split}.labels.u8`, Uint8Array.of(0, 7)],
        );
    };
    await pack([0, 4, 10]);
    const [sample] = (await loadCifar10(root.path)).samples;
    expect(sample).toMatchObject({ byteRange: [0, 4], imagePath: join(root.path, 'train.jpgs') });
    await pack([0, 4, 11]);
    await expect(loadCifar10(root.path)).rejects.toThrow('image 1 lies at 4 to 11');
    await pack([0, 4, 4]);
    await expect(loadCifar10(root.path)).rejects.toThrow('image 1 lies at 4 to 4');
    await pack([0, 10]);
    await expect(loadCifar10(root.path)).rejects.toThrow('expected 3 offsets of 4 bytes for 2 labels');
  });

  test.skipIf(testBed === undefined)(needsTestBed('reads the pack: the four splits'), async () => {
    for (const [split, normals] of CIFAR10_SPLITS.entries()) {
      const dataset = await loadCifar10(testBedPath('data/cifar10'), { split });
      expect(table(dataset)).toEqual({ cifar: [25_000, 0, 5000, 5000, 0] });
      expect(dataset.name).toBe(`JPEG-recompressed CIFAR-10 {${normals.join(',')}}`);
      expect(dataset.warnings).toHaveLength(1);
      for (const sample of [dataset.samples[0], dataset.samples[12_345], dataset.samples.at(-1)]) {
        if (sample === undefined) throw new Error('no sample');
        const { image } = await loadSample(sample, { width: 32, height: 32, filter: 'lanczos' });
        expect(image.data).toHaveLength(3072);
      }
    }
  });
});
