import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { imageAt } from '../../scoring/read-images.js';
import { expandImages, isWithin } from './inputs.js';

const folder = temporaryFolder();
/** Arguments and results relative to the test's folder. */
const expand = async (args: readonly string[], out?: string) => {
  const at = (path: string) => join(folder.path, path);
  const found = await expandImages(args.map(at), out === undefined ? out : at(out));
  return found.map((path) => path.slice(folder.path.length + 1));
};

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

test('a file whose name looks like a pattern is treated as a file', async () => {
  await folder.write('part[1].png', 'part1.png');
  expect(await expand(['part[1].png'])).toEqual(['part[1].png']);
  expect(await expand(['part[12].png'])).toEqual(['part1.png']);
});

test('a named file is accepted even if it is missing, which is reported when it is read', async () => {
  await folder.write('notes.txt');
  expect(await expand(['notes.txt', 'gone.png'])).toEqual(['notes.txt', 'gone.png']);
});

test('files below the folder of results are not inputs', async () => {
  await folder.write('in/a.png', 'in/results/a.png', 'in/results2/a.png');
  expect(await expand(['in'], 'in/results')).toEqual(['in/a.png', 'in/results2/a.png']);
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
  const [, heic = ''] = await expandImages([join(folder.path, 'in')]);
  await expect(imageAt(heic).read()).rejects.toMatchObject({
    code: 'UNREADABLE_IMAGE',
    message: expect.stringContaining('HEIC images are not read; convert them to PNG'),
  });
});
