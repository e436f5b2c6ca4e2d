import { join } from 'node:path';
import { needsTestBed, temporaryFolder, testBed, testBedPath } from '@mint/test-utils';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { table } from '../__fixtures__/table.js';
import {
  DAGM,
  KOLEKTOR_SDD2,
  loadDagm,
  loadDataset,
  loadKsdd2,
  loadLoco,
  loadLocoRegions,
  loadMvtec,
  loadMvtec2,
  loadMvtec3d,
  loadRealIad,
  loadSample,
  MVTEC_3D,
  MVTEC_AD_2,
  MVTEC_LOCO,
  REAL_IAD,
} from '../index.js';

const root = temporaryFolder();
const sum = (values: (number | undefined)[]) =>
  values.reduce<number>((total, value) => total + (value ?? Number.NaN), 0);
const gray = (width: number, height: number, value: (x: number, y: number) => number) =>
  sharp(
    Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
    { raw: { width, height, channels: 1 } },
  )
    .toColourspace('b-w')
    .png()
    .toBuffer();

test('official counts add up to the published totals', () => {
  const loco = Object.values(MVTEC_LOCO.counts);
  expect(sum(loco.map(({ train }) => train))).toBe(1778);
  expect(sum(loco.map(({ validation }) => validation))).toBe(305);
  expect(sum(loco.map(({ testNormal }) => testNormal))).toBe(575);
  expect(sum(loco.map(({ testAnomalous }) => testAnomalous))).toBe(561 + 432);
  const threeD = Object.values(MVTEC_3D.counts);
  expect(sum(threeD.map(({ train }) => train))).toBe(2656);
  expect(sum(threeD.map((row) => sum([row.testNormal, row.testAnomalous])))).toBe(1197);
  expect(sum(Object.values(DAGM.counts).map(({ train }) => train))).toBe(8050);
  const { train, testNormal, testAnomalous } = KOLEKTOR_SDD2.counts.ksdd2 ?? {};
  expect(sum([train, testNormal, testAnomalous])).toBe(3335);
  expect(Object.keys(REAL_IAD.counts)).toHaveLength(30);
  expect(Object.keys(MVTEC_AD_2.counts)).toHaveLength(8);
});

describe('loadLoco()', () => {
  const config = [
    { defect_name: 'missing', pixel_value: 255, saturation_threshold: 0.5, relative_saturation: true },
    { defect_name: 'extra', pixel_value: 254, saturation_threshold: 3, relative_saturation: false },
    { defect_name: 'scratch', pixel_value: 253, saturation_threshold: 100, relative_saturation: false },
  ];
  const write = async (
    values: [string, number][] = [
      ['000', 255],
      ['001', 254],
      ['002', 253],
    ],
  ) => {
    const image = await gray(7, 5, () => 90);
    await root.write(
      ['pushpins/train/good/0.png', image],
      ['pushpins/validation/good/0.png', image],
      ['pushpins/test/good/0.png', image],
      ['pushpins/test/logical_anomalies/3.png', image],
      ['pushpins/test/structural_anomalies/4.png', image],
      ['pushpins/defects_config.json', JSON.stringify(config)],
    );
    // Region i covers columns 2i and 2i + 1 of row i: one pixel less each time.
    for (const [i, [name, value]] of values.entries()) {
      const mask = await gray(7, 5, (x, y) => (y === i && x < 7 - i ? value : 0));
      await root.write([`pushpins/ground_truth/logical_anomalies/3/${name}.png`, mask]);
    }
  };

  test('reads kinds, validation and all masks of an image as their union', async () => {
    await write();
    const dataset = await loadLoco(root.path);
    expect(table(dataset)).toEqual({ pushpins: [1, 1, 1, 2, 3] });
    expect(dataset.warnings).toContain(
      'pushpins: 1 of 1 images in test/structural_anomalies have no mask in ground_truth/structural_anomalies.',
    );
    const sample = dataset.samples.find(({ defect }) => defect === 'logical_anomalies');
    if (sample === undefined) throw new Error('no sample');
    const { mask } = await loadSample(sample, { width: 7, height: 5, filter: 'bilinear' });
    expect(mask?.data.reduce((total, bit) => total + bit, 0)).toBe(7 + 6 + 5);
  });

  test('gives each defect its saturation: relative, absolute, at most its area', async () => {
    await write();
    const { samples } = await loadLoco(root.path);
    const sample = samples.find(({ defect }) => defect === 'logical_anomalies');
    if (sample === undefined) throw new Error('no sample');
    const regions = await loadLocoRegions(sample);
    expect(regions.map(({ defect, saturation }) => [defect, saturation])).toEqual([
      ['missing', 3],
      ['extra', 3],
      ['scratch', 5],
    ]);
    expect(regions.map(({ mask }) => mask.data.reduce((total, bit) => total + bit, 0))).toEqual([7, 6, 5]);
    const normal = samples.find(({ label }) => label === 'normal');
    expect(normal && (await loadLocoRegions(normal))).toEqual([]);
  });

  test('refuses a mask value that the configuration does not know, and a broken configuration', async () => {
    await write([['000', 17]]);
    const sample = (await loadLoco(root.path)).samples.find(({ maskPath }) => maskPath !== undefined);
    if (sample === undefined) throw new Error('no sample');
    await expect(loadLocoRegions(sample)).rejects.toThrow(
      /000\.png: its value 17 is not in .*: 255, 254, 253/,
    );
    await root.write(['pushpins/defects_config.json', '[{"pixel_value": 17}]']);
    await expect(loadLocoRegions(sample)).rejects.toThrow(/defects_config\.json: expected a list of/);
  });
});

test('loadMvtec3d() reads the RGB images and their masks, not the point clouds', async () => {
  await root.write(
    'tire/train/good/rgb/0.png',
    'tire/train/good/xyz/0.tiff',
    'tire/validation/good/rgb/0.png',
  );
  await root.write('tire/test/good/rgb/1.png', 'tire/test/good/gt/1.png', 'tire/test/cut/rgb/2.png');
  await root.write('tire/test/cut/gt/2.png', 'tire/test/cut/gt/3.png', 'tire/calibration/camera.json');
  const dataset = await loadMvtec3d(root.path);
  expect(table(dataset)).toEqual({ tire: [1, 1, 1, 1, 1] });
  expect(dataset.samples.find(({ defect }) => defect === 'cut')?.maskPath).toBe(
    join(root.path, 'tire/test/cut/gt/2.png'),
  );
  expect(dataset.warnings.slice(0, 2)).toEqual([
    'tire: test/cut/gt has 1 mask(s) without an image: 3.png.',
    '9 of the 10 classes of MVTec 3D-AD are not there: bagel, cable_gland, carrot, cookie, dowel and 4 more.',
  ]);
});

test('loadMvtec2() reads the public test set', async () => {
  await root.write('can/train/good/0.png', 'can/validation/good/0.png', 'can/test_public/good/1.png');
  await root.write(
    'can/test_public/bad/2.png',
    'can/test_public/ground_truth/bad/2_mask.png',
    'can/test_private/3.png',
  );
  const dataset = await loadMvtec2(root.path, { classes: ['can'] });
  expect(table(dataset)).toEqual({ can: [1, 1, 1, 1, 1] });
  expect(dataset.warnings).toEqual([]);
});

describe('loadRealIad()', () => {
  const write = async (
    rows: object[],
    meta: object = { normal_class: 'OK', prefix: 'usb/' },
    folder = 'realiad_jsons',
  ) => {
    const content = {
      meta,
      train: [{ image_path: 'OK/S0001/a.jpg', mask_path: null, anomaly_class: 'OK' }],
      test: rows,
    };
    await root.write(
      [`realiad_jsons/${folder}/usb.json`, JSON.stringify(content)],
      ...['256', '1024'].flatMap((size) =>
        ['OK/S0001/a.jpg', 'OK/S0002/b.jpg', 'NG/AK/S0003/c.jpg', 'NG/AK/S0003/c_mask.png'].map(
          (file) => `realiad_${size}/usb/${file}`,
        ),
      ),
    );
  };
  const defect = {
    image_path: 'NG/AK/S0003/c.jpg',
    mask_path: 'NG/AK/S0003/c_mask.png',
    anomaly_class: 'AK',
  };

  test('follows the split files; the largest images, or the requested ones', async () => {
    await write([{ image_path: 'OK/S0002/b.jpg', mask_path: null, anomaly_class: 'OK' }, defect]);
    const dataset = await loadRealIad(root.path);
    expect(table(dataset)).toEqual({ usb: [1, 0, 1, 1, 1] });
    expect(dataset.samples.at(-1)).toMatchObject({
      id: 'usb/NG/AK/S0003/c',
      defect: 'AK',
      imagePath: join(root.path, 'realiad_1024/usb/NG/AK/S0003/c.jpg'),
      maskPath: join(root.path, 'realiad_1024/usb/NG/AK/S0003/c_mask.png'),
    });
    await write([defect], undefined, 'realiad_jsons_sv');
    const single = await loadRealIad(root.path, {
      splits: 'realiad_jsons_sv',
      resolution: '256',
      classes: ['usb'],
    });
    expect(single.samples.map(({ imagePath }) => imagePath?.includes('realiad_256'))).toEqual([true, true]);
    expect(single.warnings).toEqual([]);
  });

  test('reports missing images, refuses paths that lead out and damaged split files', async () => {
    await write([{ ...defect, image_path: 'NG/gone.jpg' }]);
    expect((await loadRealIad(root.path)).warnings[0]).toBe(
      '1 files of the split files are not in realiad_1024: usb/NG/gone.jpg.',
    );
    await write([{ ...defect, image_path: '../../../../etc/passwd' }]);
    await expect(loadRealIad(root.path)).rejects.toThrow('leads out of');
    await write([{ image_path: 3 }]);
    await expect(loadRealIad(root.path)).rejects.toThrow(/usb\.json: 'image_path' must be text, got 3/);
    await write([defect], {});
    await expect(loadRealIad(root.path)).rejects.toThrow(/'normal_class' must be text, got undefined/);
    await root.write(['realiad_jsons/realiad_jsons/usb.json', '{']);
    await expect(loadRealIad(root.path)).rejects.toThrow(/usb\.json: not valid JSON/);
  });
});

test('loadKsdd2() recognises anomalous images by their masks', async () => {
  const [empty, marked] = [await gray(5, 3, () => 0), await gray(5, 3, (x) => (x === 4 ? 255 : 0))];
  for (const [name, mask] of Object.entries({
    'train/10': empty,
    'train/11': marked,
    'test/20': empty,
    'test/21': marked,
  }))
    await root.write(`${name}.png`, [`${name}_GT.png`, mask]);
  await root.write('test/22.png');
  const dataset = await loadKsdd2(root.path);
  expect(table(dataset)).toEqual({ ksdd2: [2, 0, 1, 1, 2] });
  expect(dataset.samples.map(({ id, label }) => [id, label])).toEqual([
    ['ksdd2/train/10', 'normal'],
    ['ksdd2/train/11', 'anomalous'],
    ['ksdd2/test/20', 'normal'],
    ['ksdd2/test/21', 'anomalous'],
  ]);
  expect(dataset.warnings[0]).toBe(
    '1 images of test have no mask, so their label is unknown; left out: 22.png.',
  );
});

test('loadDagm() sorts classes by number and treats labelled images as anomalous', async () => {
  for (const name of ['Class10', 'Class2']) {
    await root.write(
      `${name}/Train/0001.PNG`,
      `${name}/Train/0002.PNG`,
      `${name}/Train/Label/0002_label.PNG`,
    );
    await root.write(
      `${name}/Test/0003.PNG`,
      `${name}/Train/Label/Labels.txt`,
      `${name}/Test/Label/0009_label.PNG`,
    );
  }
  const dataset = await loadDagm(root.path);
  expect(dataset.classes).toEqual(['Class2', 'Class10']);
  expect(table(dataset).Class10).toEqual([2, 0, 1, 0, 1]);
  expect(dataset.warnings[0]).toBe('Class2: 1 labels of Test have no image: 0009_label.PNG.');
});

describe('loadDataset() recognises', () => {
  test.each([
    ['CIFAR-10', ['data_batch_1.bin'], /data_batch_1\.bin: expected/],
    ['CIFAR-10 pack', ['train.jpgs', 'index.json'], /train\.labels\.u8/],
    ['VisA', ['split_csv/1cls.csv'], /1cls\.csv: expected the columns/],
    ['Real-IAD', ['realiad_jsons/x.json'], /no realiad_raw/],
  ])('%s, and its loader says what is missing', async (_name, files, message) => {
    await root.write(...files);
    await expect(loadDataset(root.path)).rejects.toThrow(message);
  });

  test.each([
    ['VisA', ['1cls/candle/train/good/0.png']],
    ['DAGM 2007', ['Class1/Train/1.PNG']],
    ['BTAD', ['01/train/ok/0.bmp', '02/train/ok/0.png', '03/train/ok/0.bmp']],
    ['MVTec AD 2', ['can/train/good/0.png', 'can/test_public/good/0.png']],
    ['MVTec 3D-AD', ['tire/train/good/rgb/0.png']],
    ['MVTec LOCO AD', ['pushpins/train/good/0.png', 'pushpins/defects_config.json']],
    ['MVTec AD layout', ['own/train/good/0.png']],
    ['MVTec AD layout', ['train/good/0.png']],
    [
      'one class, good and anomalous by folder; nothing says training or test, so 20 % of the good images of classes with anomalous images are for testing',
      ['good/0.png', 'bad/1.png'],
    ],
  ])('%s', async (layout, files) => {
    await root.write(...files);
    expect((await loadDataset(root.path)).layout).toBe(layout);
  });

  test('KolektorSDD2 and lists', async () => {
    await root.write('k/train/1.png', ['k/train/1_GT.png', await gray(2, 2, () => 0)], 'a.png', [
      'l.CSV',
      'path\na.png',
    ]);
    expect((await loadDataset(join(root.path, 'k'))).name).toBe('KolektorSDD2');
    expect((await loadDataset(join(root.path, 'l.CSV'))).layout).toMatch(/^list of 1 rows/);
    await expect(loadDataset(join(root.path, 'gone.csv'))).rejects.toThrow('cannot read the list of images');
    await expect(loadDataset(join(root.path, 'gone'))).rejects.toThrow('there is no such folder');
  });

  test.skipIf(testBed === undefined)(
    needsTestBed('the test bed and CIFAR-10 as their own loaders do'),
    async () => {
      const bed = await loadDataset(testBedPath('data/testbed'));
      const { orphanMasks, ...own } = await loadMvtec(testBedPath('data/testbed'));
      expect(bed).toMatchObject({ ...own, layout: 'MVTec AD layout', leftOut: [], problems: [] });
      expect(orphanMasks).toEqual([]);
      expect((await loadDataset(testBedPath('data/cifar10'))).name).toContain('CIFAR-10 {0,1,2,3,4}');
    },
  );
});
