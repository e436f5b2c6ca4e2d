import { rm } from 'node:fs/promises';
import { join } from 'node:path';
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

const labelMeOf = (name: string, rest: object) =>
  json({ version: '5', imagePath: name, imageWidth: 20, imageHeight: 10, shapes: [], ...rest });
const cut = { label: 'cut', shape_type: 'polygon', points: square };

test('LabelMe: masks, lines and flags of the whole image; marks in a folder of good images are a problem', async () => {
  const bitmap = await sharp({ create: { width: 4, height: 3, channels: 3, background: '#ffffff' } })
    .png()
    .toBuffer();
  const mask = {
    label: 'cut',
    shape_type: 'mask',
    points: [
      [5, 5],
      [8, 7],
    ],
    mask: bitmap.toString('base64'),
  };
  const line = {
    label: 'cut',
    shape_type: 'linestrip',
    points: [
      [0, 0],
      [4, 0],
      [4, 4],
    ],
  };
  for (const name of ['1', '2', '3', '4']) await root.write([`a/${name}.png`, await image()]);
  await root.write(
    ['a/1.json', labelMeOf('1.png', { shapes: [mask] })],
    ['a/2.json', labelMeOf('2.png', { shapes: [line] })],
    ['a/3.json', labelMeOf('3.png', { flags: { NG: true, OK: false } })],
    ['a/4.json', labelMeOf('4.png', { flags: { NG: false, OK: true } })],
    ['b/good/5.png', await image()],
    ['b/good/5.json', labelMeOf('5.png', { shapes: [cut] })],
  );
  const { lines, codes } = await read();
  expect(lines).toEqual([
    'a/1 anomalous 12',
    'a/2 anomalous 9',
    'a/3 anomalous',
    'a/4 normal',
    'b/good/5 normal',
  ]);
  expect(codes).toEqual(['mask-on-good']);
});

test('Supervisely: holes are not marked, and tags speak of the whole image', async () => {
  const ann = (rest: object) => json({ size: { width: 20, height: 10 }, objects: [], tags: [], ...rest });
  const ring = {
    classTitle: 'cut',
    geometryType: 'polygon',
    points: {
      exterior: [
        [0, 0],
        [8, 0],
        [8, 8],
        [0, 8],
      ],
      interior: [
        square,
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 1],
        ],
      ],
    },
  };
  for (const name of ['1', '2', '3']) await root.write([`ds/img/${name}.png`, await image()]);
  await root.write(
    ['ds/ann/1.png.json', ann({ objects: [ring] })],
    ['ds/ann/2.png.json', ann({ tags: [{ name: 'defect' }] })],
    ['ds/ann/3.png.json', ann({ tags: [{ name: 'line 4' }] })],
  );
  expect((await read()).lines).toEqual(['ds/img/1 anomalous 47', 'ds/img/2 anomalous', 'ds/img/3 normal']);
});

test.each([
  ['data.yaml', 'train: images\nnames:\n  0: good\n  1: cut\n'],
  ['data.yaml', "names: ['good', 'cut']\n"],
  ['data.yml', 'names:\n- good\n- cut\nnc: 2\n'],
  ['classes.txt', 'good\r\ncut\r\n'],
])('YOLO: a class called good is no defect: %s, %j', async (name, names) => {
  for (const stem of ['1', '2']) await root.write([`images/${stem}.png`, await image()]);
  await root.write(
    [name, names],
    ['labels/1.txt', '0 0.5 0.5 1 1\n'],
    ['labels/2.txt', '0 0.5 0.5 1 1\n1 0.5 0.5 0.2 0.2\n'],
  );
  expect((await read()).lines).toEqual(['images/1 normal', 'images/2 anomalous 8']);
});

test('files that say something about images of which nothing else does are a problem, whatever they are called', async () => {
  const unread = async (name: string, content: string, folder = 'bolt') => {
    await root.write(
      [`${folder}/a1.png`, await image()],
      [`${folder}/a2.png`, await image()],
      [name, content],
    );
    const { codes } = await read();
    await rm(join(root.path, name));
    return codes?.includes('unread-annotation');
  };
  expect(await unread('via_project.json', json({ _via_img_metadata: { x: { filename: 'a1.png' } } }))).toBe(
    true,
  );
  expect(await unread('set.csv', 'id;bad\na1;0\na2;1\n')).toBe(true);
  expect(await unread('notes.tsv', 'image\tverdict\nA1.PNG\tscratched\n')).toBe(true);
  expect(await unread('labels.xlsx', 'PK')).toBe(true);
  // Paths alone, captions and other numbers say nothing.
  expect(await unread('train.txt', './bolt/a1.png\n./bolt/a2.png\n')).toBe(false);
  expect(await unread('README.txt', 'see a1.png, which is good')).toBe(false);
  expect(await unread('times.csv', 'time,value\n1,2\n3,a1\n4,5\n6,7\n')).toBe(false);
});
