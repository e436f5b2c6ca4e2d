import { needsTestBed, temporaryFolder, testBed, testBedPath } from '@mint/test-utils';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { checkDataset, loadDataset, proceduralDataset, type Sample } from '../index.js';
import { fingerprintOf, nearPairs } from './near-duplicates.js';

const root = temporaryFolder();

/** An image of its own for each seed: blobs of noise. */
const noisy = (seed: number, width = 48, height = 36) => {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor((i / 3) % width), Math.floor(i / 3 / width)];
    return 128 + 100 * Math.sin((x * (seed + 3)) / 17 + seed) * Math.cos((y * (2 * seed + 5)) / 23 - seed);
  });
  return sharp(data, { raw: { width, height, channels: 3 } });
};
const png = (seed: number, ...size: number[]) =>
  noisy(seed, ...size)
    .png()
    .toBuffer();
/** A mask of one value above row `rows`, black below it. */
const mask = (width: number, height: number, value: number, rows = height) =>
  sharp(
    Uint8Array.from({ length: width * height }, (_, i) => (i < rows * width ? value : 0)),
    {
      raw: { width, height, channels: 1 },
    },
  )
    .png()
    .toBuffer();
const check = async () => checkDataset(await loadDataset(root.path));
const problems = async () =>
  (await check()).problems.map(({ code, count, examples }) => [code, count, examples]);

describe('checkDataset()', () => {
  test('finds nothing wrong with a good data set, and counts it', async () => {
    for (let i = 0; i < 20; i++) await root.write([`a/train/good/${i}.png`, await png(i)]);
    await root.write(
      ['a/test/good/0.jpg', await noisy(30).jpeg().toBuffer()],
      ['a/test/cut/1.png', await png(31)],
    );
    await root.write(['a/ground_truth/cut/1_mask.png', await mask(48, 36, 255, 18)]);
    expect(await check()).toEqual({
      dataset: root.path.split(/[/\\]/).at(-1),
      layout: 'MVTec AD layout',
      classes: [
        {
          name: 'a',
          train: { good: 20, defective: 0 },
          validation: { good: 0, defective: 0 },
          test: { good: 1, defective: 1 },
          masks: 1,
          sizes: { '48x36': 22 },
          modes: { 'PNG, 3 x 8 bit': 21, 'JPEG, 3 x 8 bit': 1 },
        },
      ],
      folders: [
        { path: 'a', readAs: 'class a', count: 23 },
        { path: 'a/ground_truth', readAs: 'masks', count: 1 },
        { path: 'a/ground_truth/cut', readAs: 'masks', count: 1 },
        { path: 'a/test', readAs: 'test', count: 2 },
        { path: 'a/test/cut', readAs: 'anomalous: cut', count: 1 },
        { path: 'a/test/good', readAs: 'good', count: 1 },
        { path: 'a/train', readAs: 'training', count: 20 },
        { path: 'a/train/good', readAs: 'good', count: 20 },
      ],
      leftOut: [],
      problems: [],
      notes: [],
    });
  });

  test('finds unreadable files and masks that do not fit, are empty, orphaned or missing', async () => {
    await root.write(['a/train/good/0.png', await png(0)], ['a/train/good/1.png', 'no image']);
    for (const i of [2, 3, 4, 5, 6]) await root.write([`a/test/cut/${i}.png`, await png(i)]);
    await root.write(['a/ground_truth/cut/2_mask.png', await mask(48, 37, 255)]);
    await root.write(['a/ground_truth/cut/3_mask.png', await mask(48, 36, 0)]);
    await root.write(
      ['a/ground_truth/cut/4_mask.png', 'no mask'],
      ['a/ground_truth/cut/5_mask.png', await mask(48, 36, 1, 9)],
    );
    await root.write(['a/ground_truth/cut/9_mask.png', await mask(48, 36, 255)]);
    const at = (name: string) => expect.stringContaining(name);
    expect(await problems()).toEqual([
      ['orphan-mask', 1, ['a/ground_truth/cut/9_mask.png']],
      ['unreadable-image', 1, [at('1.png: expected a PNG')]],
      ['unreadable-mask', 1, [at('4_mask.png: expected a PNG')]],
      ['mask-size', 1, [at('2_mask.png: 48x37, its image 48x36')]],
      ['empty-mask', 1, ['a/test/cut/3']],
      ['missing-mask', 1, ['a/test/cut/6']],
    ]);
  });

  test('finds equal images across training and test, with different labels, and within', async () => {
    const [leak, torn, twice] = [await png(1), await png(2), await png(3)];
    await root.write(
      ['a/train/good/0.png', leak],
      ['b/test/good/0.png', leak],
      ['b/train/good/x.png', await png(4)],
    );
    await root.write(['a/test/good/1.png', torn], ['a/test/cut/1.png', torn]);
    await root.write(['a/train/good/2.png', twice], ['a/train/good/3.png', twice]);
    expect(await problems()).toEqual([
      ['leak', 1, ['a/train/good/0 = b/test/good/0']],
      ['contradictory-labels', 1, ['a/test/cut/1 = a/test/good/1']],
    ]);
    expect((await check()).notes).toContainEqual({
      message: 'equal images within training or test (each counts)',
      count: 1,
      examples: ['a/train/good/2 = a/train/good/3'],
    });
  });

  test('finds copies that were saved again, resized or made brighter', async () => {
    for (let i = 0; i < 6; i++) await root.write([`a/train/good/${i}.png`, await png(i)]);
    await root.write(['a/test/good/jpeg.jpg', await noisy(0).jpeg({ quality: 70 }).toBuffer()]);
    await root.write(['a/test/good/small.png', await noisy(1).resize(40, 30).png().toBuffer()]);
    await root.write(['a/test/good/bright.png', await noisy(2).linear(1.04, 3).png().toBuffer()]);
    await root.write(['a/test/good/other.png', await png(9)], ['a/test/cut/x.png', await png(10)]);
    expect(await problems()).toEqual([
      [
        'near-leak',
        3,
        [
          'a/train/good/0 = a/test/good/jpeg',
          'a/train/good/1 = a/test/good/small',
          'a/train/good/2 = a/test/good/bright',
        ],
      ],
    ]);
  });

  test('notes odd files with what is done about them, sizes and imbalance', async () => {
    for (let i = 0; i < 5; i++) await root.write([`big/good/${i}.png`, await png(i)]);
    await root.write(['small/good/0.png', await noisy(8).ensureAlpha(0.5).png().toBuffer()]);
    await root.write(['big/good/g.png', await noisy(9, 20, 20).toColourspace('b-w').png().toBuffer()]);
    await root.write(['big/good/t.jpg', await noisy(10).withMetadata({ orientation: 6 }).jpeg().toBuffer()]);
    const notes = (await check()).notes.map(({ message, count }) => `${count} ${message}`);
    expect(notes).toEqual([
      '2 classes with fewer than 20 good training images (too few for a threshold with a low rate of false alarms)',
      '0 the largest class has 7 good training images, the smallest 1 (all are seen once per epoch, so the small class is learnt later)',
      '1 images with gray pixels (they become three equal channels)',
      '1 images with a colour profile (colours are converted to sRGB)',
      '1 images with an EXIF orientation (they are turned upright)',
      '1 images with transparency (it is laid over black)',
      '1 classes with images of several sizes (all are resized to one size; the aspect ratio is not kept)',
    ]);
  });

  test('a rendered data set has images without files; a class without good images is a problem', async () => {
    const dataset = proceduralDataset({
      trainPerClass: 2,
      testGoodPerClass: 1,
      defectsPerClass: 1,
      size: 32,
    });
    const [first] = dataset.classes;
    const samples = dataset.samples.filter(({ className, split }) => className !== first || split === 'test');
    const { classes, problems } = await checkDataset({ ...dataset, samples });
    expect(classes.map(({ modes }) => Object.keys(modes))).toEqual([['made'], ['made'], ['made'], ['made']]);
    expect(problems[0]).toMatchObject({ code: 'no-good-images', count: 1, examples: [first] });
  });
});

test('unlabelled classes that look like one product are a problem, others are not', async () => {
  const { samples } = proceduralDataset({
    trainPerClass: 6,
    testGoodPerClass: 6,
    defectsPerClass: 2,
    size: 64,
  });
  const write = async (folder: string, wanted: (sample: Sample) => boolean) => {
    for (const [i, sample] of samples.filter(wanted).slice(0, 6).entries()) {
      const image = sample.render?.().image ?? { width: 0, height: 0, data: new Uint8Array() };
      const { data, width, height } = image;
      await root.write([
        `${folder}/${i}.png`,
        await sharp(data, { raw: { width, height, channels: 3 } })
          .png()
          .toBuffer(),
      ]);
    }
  };
  for (const name of ['gear', 'weave', 'capsule', 'leather'])
    await write(name, ({ className, split }) => className === name && split === 'train');
  expect(await problems()).toEqual([]);
  for (const name of ['gear', 'leather'])
    await write(`${name}-murks`, ({ className, label }) => className === name && label === 'anomalous');
  expect(await problems()).toEqual([
    ['look-alike-classes', 2, ['gear and gear-murks', 'leather and leather-murks']],
  ]);
  await root.write(['gear/ok/7.png', await png(1)]);
  expect((await problems()).map(([code]) => code)).not.toContain('look-alike-classes');
});

test('images of one colour have no fingerprint, all other images equal themselves', () => {
  const flat = { width: 9, height: 7, data: new Uint8Array(9 * 7 * 3).fill(80) };
  expect(fingerprintOf(flat)).toBeUndefined();
  const striped = { ...flat, data: flat.data.map((_, i) => (Math.floor(i / 3) % 9 < 4 ? 10 : 200)) };
  expect(nearPairs([fingerprintOf(striped), undefined, fingerprintOf(striped)])).toEqual([[0, 2]]);
});

test.skipIf(testBed === undefined)(
  needsTestBed('different images of one part are not copies: no pair among cookies and tyres'),
  async () => {
    const dataset = await loadDataset(testBedPath('data/testbed'), { classes: ['cookie', 'tire'] });
    const { problems, notes } = await checkDataset(dataset);
    expect(problems.filter(({ code }) => code === 'near-leak')).toEqual([]);
    expect(notes.filter(({ message }) => message.includes('near-equal'))).toEqual([]);
  },
);
