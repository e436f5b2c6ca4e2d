import { deflateSync } from 'node:zlib';
import { temporaryFolder } from '@mint/test-utils';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { fromFolder, readSample } from '../index.js';

const root = temporaryFolder();
const image = (width = 20, height = 10) =>
  sharp({ create: { width, height, channels: 3, background: '#445566' } })
    .png()
    .toBuffer();
const json = (value: unknown) => JSON.stringify(value);

/** `label split marked pixels`, by id. */
async function read() {
  const dataset = await fromFolder(root.path, { testFraction: 0 });
  const lines = await Promise.all(
    dataset.samples.map(async (sample) => {
      const { mask } = await readSample(sample);
      return `${sample.id} ${sample.label}${mask === undefined ? '' : ` ${mask.data.reduce((sum, bit) => sum + bit, 0)}`}`;
    }),
  );
  return { lines, codes: dataset.problems?.map(({ code }) => code), leftOut: dataset.leftOut };
}

const square = [
  [2, 2],
  [6, 2],
  [6, 6],
  [2, 6],
];

test('LabelMe: polygons, rectangles and circles beside images, or in a folder', async () => {
  const labelMe = (name: string, shapes: unknown) =>
    json({ version: '5', imagePath: name, imageWidth: 20, imageHeight: 10, shapes });
  await root.write(
    ['bolt/good/0.png', await image()],
    ['bolt/cut/1.png', await image()],
    ['bolt/cut/2.png', await image()],
  );
  await root.write(
    ['bolt/cut/1.json', labelMe('1.png', [{ label: 'cut', shape_type: 'polygon', points: square }])],
    [
      'bolt/annotations/cut/2.json',
      labelMe('..\\cut\\2.png', [
        { label: 'cut', shape_type: 'rectangle', points: [square[0], [5, 4]] },
        {
          label: 'hole',
          shape_type: 'circle',
          points: [
            [15, 5],
            [15, 8],
          ],
        },
      ]),
    ],
  );
  const { lines, codes, leftOut } = await read();
  expect(lines).toEqual(['bolt/cut/1 anomalous 16', 'bolt/cut/2 anomalous 38', 'bolt/good/0 normal']);
  expect([codes, leftOut]).toEqual([[], []]);
});

test('COCO: polygons, runs and boxes; images that are listed without any are good', async () => {
  const images = [0, 1, 2, 3].map((id) => ({ id, file_name: `${id}.png`, width: 20, height: 10 }));
  const annotations = [
    { image_id: 1, category_id: 1, segmentation: [square.flat()] },
    { image_id: 2, category_id: 1, segmentation: { size: [10, 20], counts: [3, 4, 193] } },
    { image_id: 3, category_id: 1, bbox: [1, 1, 3, 2] },
    { image_id: 0, category_id: 2, bbox: [1, 1, 3, 2] },
  ];
  const categories = [
    { id: 1, name: 'defect' },
    { id: 2, name: 'good' },
  ];
  for (const { file_name } of images) await root.write([`train/${file_name}`, await image()]);
  await root.write(['train/_annotations.coco.json', json({ images, annotations, categories })]);
  expect((await read()).lines).toEqual([
    'train/0 normal',
    'train/1 anomalous 16',
    'train/2 anomalous 4',
    'train/3 anomalous 6',
  ]);
});

test('Supervisely: polygons and bitmaps', async () => {
  const bitmap = await sharp(Uint8Array.of(255, 0, 255, 255), { raw: { width: 2, height: 2, channels: 1 } })
    .png()
    .toBuffer();
  const annotation = (objects: unknown[]) => json({ size: { width: 20, height: 10 }, objects });
  for (const name of ['a', 'b', 'c']) await root.write([`ds/img/${name}.png`, await image()]);
  await root.write(
    ['meta.json', json({ classes: [] })],
    ['ds/ann/a.png.json', annotation([])],
    [
      'ds/ann/b.png.json',
      annotation([{ geometryType: 'polygon', points: { exterior: square, interior: [] } }]),
    ],
    [
      'ds/ann/c.png.json',
      annotation([
        { geometryType: 'bitmap', bitmap: { data: deflateSync(bitmap).toString('base64'), origin: [4, 3] } },
      ]),
    ],
  );
  expect((await read()).lines).toEqual(['ds/img/a normal', 'ds/img/b anomalous 16', 'ds/img/c anomalous 3']);
});

test('YOLO: boxes and polygons in fractions', async () => {
  for (const name of ['a', 'b', 'c']) await root.write([`train/images/${name}.png`, await image()]);
  await root.write(
    ['train/labels/a.txt', ''],
    ['train/labels/b.txt', '0 0.5 0.5 0.2 0.4\n'],
    ['data.yaml', 'x: 1'],
  );
  await root.write(['train/labels/c.txt', '0 0.1 0.2 0.3 0.2 0.3 0.6 0.1 0.6']);
  const { lines, leftOut } = await read();
  expect(lines).toEqual([
    'train/images/a normal',
    'train/images/b anomalous 16',
    'train/images/c anomalous 16',
  ]);
  expect(leftOut?.map(({ examples }) => examples)).toEqual([['data.yaml']]);
});

test('annotations of no image, and broken ones, are problems', async () => {
  await root.write(['good/a.png', await image()], ['bad/b.png', await image()], ['bad/b.json', '{"shapes":']);
  await root.write(['bad/gone.json', json({ imagePath: 'gone.png', shapes: [{ points: square }] })]);
  expect((await read()).codes).toEqual(['orphan-annotation', 'broken-annotation']);
});

test('a list with one object a line is left out and no broken annotation', async () => {
  await root.write(
    ['good/a.png', await image()],
    ['list.json', '{"filename":"good/a.png"}\n{"filename":"good/b.png"}\n'],
  );
  expect((await read()).codes).toEqual([]);
});

test('of images with one name, the annotation belongs to the one whose folders it names', async () => {
  const coco = (annotations: unknown) =>
    json({ categories: [], images: [{ id: 1, file_name: '1.png', width: 20, height: 10 }], annotations });
  await root.write(
    ['images/train2017/1.png', await image()],
    ['images/val2017/1.png', await image()],
    ['annotations/instances_train2017.json', coco([])],
    ['annotations/instances_val2017.json', coco([{ image_id: 1, bbox: [2, 2, 4, 4] }])],
  );
  const { lines, codes } = await read();
  expect(lines).toEqual(['images/train2017/1 normal', 'images/val2017/1 anomalous 16']);
  expect(codes).toEqual([]);
});

test('YOLO beside images; images without a file are good', async () => {
  await root.write(['a.png', await image()], ['b.png', await image()], ['b.txt', '0 0.5 0.5 0.4 0.4\n']);
  expect((await read()).lines).toEqual(['a normal', 'b anomalous 32']);
});

test.each([
  ['annotations.xml', '<annotations/>'],
  ['Annotations/1.xml', '<annotation/>'],
  ['via_region_data.json', '{"1.png12":{"regions":[]}}'],
  ['result.json', '[]'],
  ['images/1.json', '{"foo":1}'],
  ['_classes.csv', 'filename,good'],
])('%s is not read, and said so', async (name, content) => {
  await root.write(
    ['images/1.png', await image()],
    ['README.txt', 'x'],
    ['meta.json', '{}'],
    [name, content],
  );
  const { codes } = await read();
  expect(codes).toEqual(['unread-annotation']);
});

test('where no folder says whether images are good, their masks do', async () => {
  const mask = (value: number) =>
    sharp({ create: { width: 20, height: 10, channels: 3, background: { r: value, g: value, b: value } } })
      .composite([
        { input: { create: { width: 2, height: 1, channels: 3, background: 'white' } }, left: 3, top: 3 },
      ])
      .png()
      .toBuffer();
  const empty = sharp({ create: { width: 20, height: 10, channels: 3, background: 'black' } })
    .png()
    .toBuffer();
  await root.write(
    ...(await Promise.all(
      ['img_0', 'img_1', 'img_2'].map(async (name) => [`images/${name}.png`, await image()] as const),
    )),
    ['masks/mask_0.png', await empty],
    ['masks/mask_1.png', await mask(0)],
  );
  const { lines, codes } = await read();
  expect(lines).toEqual(['images/img_0 normal', 'images/img_1 anomalous 2']);
  expect(codes).toEqual(['unclear-label']);
});
