import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { png } from '../../__fixtures__/tiny-detector.js';
import { titleOf } from './inline.js';
import { expandImages, isWithin } from './inputs.js';

const folder = temporaryFolder();
/** Arguments and results relative to the test's folder. */
const at = (path: string) => join(folder.path, path);
const expand = async (args: readonly string[]) =>
  (await expandImages(args.map(at))).map(({ name }) => name.slice(folder.path.length + 1));

test('files keep their order; folders and patterns give sorted images; each image comes once', async () => {
  await folder.write(
    'b/2.png',
    'b/10.JPG',
    'b/deep/er/x.tiff',
    'b/notes.txt',
    'b/.hidden.png',
    'a.png',
    'z.bmp',
  );
  expect(await expand(['z.bmp', 'b', 'a.png', 'b/2.png'])).toEqual([
    'z.bmp',
    'b/10.JPG',
    'b/2.png',
    'b/deep/er/x.tiff',
    'a.png',
  ]);
  expect(await expand(['**'])).toEqual(['a.png', 'b/10.JPG', 'b/2.png', 'b/deep/er/x.tiff', 'z.bmp']);
  expect(await expand(['b/*.{png,JPG}'])).toEqual(['b/10.JPG', 'b/2.png']);
});

test('patterns take no time, however many stars they have; braces may hold folders', async () => {
  await folder.write(`${'a'.repeat(200)}.png`, 'c/d/1.png', 'e/2.png', 'e/f/3.png');
  const began = performance.now();
  await expect(expand([`${'*a'.repeat(30)}b.png`])).rejects.toThrow('there are no images');
  expect(await expand([`${'*a'.repeat(30)}*.png`])).toHaveLength(1);
  expect(performance.now() - began).toBeLessThan(3000);
  expect(await expand(['{c/d,e}/*.png'])).toEqual(['c/d/1.png', 'e/2.png']);
  expect(await expand(['*/*.png'])).toEqual(['e/2.png']);
  await expect(expand(['gone/*.png'])).rejects.toThrow('there are no images');
});

test('a file whose name looks like a pattern is treated as a file', async () => {
  await folder.write('part[1].png', 'part1.png');
  expect(await expand(['part[1].png'])).toEqual(['part[1].png']);
  expect(await expand(['part[12].png'])).toEqual(['part1.png']);
});

test('a named file is accepted even if it is missing, which is reported when it is read', async () => {
  await folder.write('notes.txt');
  expect(await expand(['notes.txt', 'gone.png'])).toEqual(['notes.txt', 'gone.png']);
});

test('overlays that were written before are not inputs, wherever they lie; other files beside them are', async () => {
  const overlay = png();
  await folder.write(
    'in/a.png',
    ['in/0000_a.png.png', overlay],
    ['in/a.png.png', overlay],
    ['in/results/0000_a.png.png', overlay],
    ['in/overlays/bolt/bolt_1.png', overlay],
    'in/results/0001_b.png.png',
    'in/results/c.png',
  );
  expect(await expand(['in'])).toEqual(['in/a.png', 'in/results/0001_b.png.png', 'in/results/c.png']);
  expect(await expand(['in/**'])).toEqual(await expand(['in']));
  expect(await expand(['in/a.png.png'])).toEqual(['in/a.png.png']);
});

test('a folder or pattern without images is an error', async () => {
  await folder.write('in/notes.txt');
  for (const arg of ['in', 'in/*', 'nowhere/*.png'])
    await expect(expand([arg])).rejects.toThrow(
      expect.objectContaining({
        code: 'NOT_FOUND',
        message: expect.stringContaining(`${arg}: there are no images`),
      }),
    );
});

test.each([
  ['a', 'a', true],
  ['a', 'a/b/c', true],
  ['a', 'a/../b', false],
  ['a', 'ab', false],
  ['a', '..a', false],
  ['a/..', 'b', true],
  ['/x', '/y/x', false],
  ['.', '..x/y', true],
])('isWithin(%s, %s) is %s', (root, path, within) => expect(isWithin(root, path)).toBe(within));

test('thumbnails of file servers are not inputs; images of formats that are not read are, so that each gets a row', async () => {
  await folder.write('in/a.png', 'in/@eaDir/a.png/thumb.jpg', 'in/._a.png', 'in/b.heic', 'in/Thumbs.db');
  expect(await expand(['in'])).toEqual(['in/a.png', 'in/b.heic']);
  await folder.write('in/notes.txt', 'in/scan', 'in/results.csv');
  const said: string[] = [];
  const [, heic] = await expandImages([at('in')], (text) => said.push(text));
  expect(said).toEqual([`left out: 2 files that are not images: ${at('in/notes.txt')}, ${at('in/scan')}`]);
  await expect(heic?.read()).rejects.toMatchObject({
    code: 'UNREADABLE_IMAGE',
    message: expect.stringContaining('HEIC images are not read; convert them to PNG'),
  });
});

test('addresses, data URLs and base64 are images of their own; a path of the same letters is a file', async () => {
  const bytes = png();
  const base64 = bytes.toString('base64');
  const long = `/${'abcd'.repeat(12)}`;
  const images = await expandImages([
    'https://user.example/a/b.png?token=1',
    `data:image/png;base64,${base64}`,
    base64,
    base64,
    long,
  ]);
  expect(images.map(({ name }) => name)).toEqual([
    'https://user.example/a/b.png?token=1',
    expect.stringMatching(/^data:image\/png;sha256=[0-9a-f]{12}$/),
    expect.stringMatching(/^base64;sha256=[0-9a-f]{12}$/),
    long,
  ]);
  expect(await images[1]?.read()).toEqual(new Uint8Array(bytes));
  expect(Buffer.from((await images[2]?.read()) ?? [])).toEqual(bytes);
  await expect(images[3]?.read()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(expandImages(['data:image/png;base64'])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test.each([
  ['/x/part.png', 'part.png'],
  ['https://cam.example/shots/1.jpg?sign=a/b', '1.jpg'],
  ['http://cam.example/?action=snapshot', 'cam.example'],
  ['data:image/png;sha256=0123', 'data:image/png;sha256=0123'],
])('results about %s are called %s', (name, title) => expect(titleOf(name)).toBe(title));
