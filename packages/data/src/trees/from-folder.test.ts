import { symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { describe, expect, test } from 'vitest';
import { goodImages } from '../datasets/good-images.js';
import { fromFolder } from './from-folder.js';

const root = temporaryFolder();

/** `class split label/defect path [<- mask]`, one line a sample. */
async function read(options: Parameters<typeof fromFolder>[1] = { testFraction: 0 }) {
  const { samples, classes, ...rest } = await fromFolder(root.path, options);
  const below = (path: string) => path.slice(root.path.length + 1).replaceAll('\\', '/');
  const lines = samples.map(({ className, classIndex, split, label, defect, imagePath = '', maskPath }) => {
    expect(classes[classIndex]).toBe(className);
    const mask = typeof maskPath === 'string' ? ` <- ${below(maskPath)}` : '';
    return `${className} ${split} ${label === 'normal' ? 'good' : defect} ${below(imagePath)}${mask}`;
  });
  return { lines, classes, ...rest };
}

describe('fromFolder() understands', () => {
  test('one folder per class, with good and kinds of defects', async () => {
    await root.write(
      'nut/good/1.png',
      'nut/scratch/2.png',
      'bolt/OK/1.jpg',
      'bolt/defect-free/2.jpg',
      'bolt/NG/1.bmp',
    );
    const { lines, warnings, layout } = await read();
    expect(lines).toEqual([
      'bolt test defective bolt/NG/1.bmp',
      'bolt train good bolt/OK/1.jpg',
      'bolt train good bolt/defect-free/2.jpg',
      'nut train good nut/good/1.png',
      'nut test scratch nut/scratch/2.png',
    ]);
    expect(warnings).toEqual([]);
    expect(layout).toMatch(
      /^2 class folders, good and anomalous by folder; nothing says training or test, so 0 %/,
    );
  });

  test('one class at the root, named after the folder', async () => {
    await root.write('good/1.png', 'bad/2.png', 'dent/deep/3.png');
    const name = basename(root.path);
    expect((await read()).lines).toEqual([
      `${name} test defective bad/2.png`,
      `${name} test dent-deep dent/deep/3.png`,
      `${name} train good good/1.png`,
    ]);
  });

  test('the split outside or inside of the class', async () => {
    await root.write(
      'train/bolt/1.png',
      'test/bolt/good/2.png',
      'test/bolt/dent/3.png',
      'val/bolt/good/4.png',
    );
    await root.write('nut/training/ok/5.png', 'nut/testing/ko/6.png');
    const { lines, layout } = await read({});
    expect(lines).toEqual([
      'bolt test dent test/bolt/dent/3.png',
      'bolt test good test/bolt/good/2.png',
      'bolt train good train/bolt/1.png',
      'bolt validation good val/bolt/good/4.png',
      'nut test defective nut/testing/ko/6.png',
      'nut train good nut/training/ok/5.png',
    ]);
    expect(layout).toContain('training and test as given');
  });

  test('good images only, one folder per class or none', async () => {
    await root.write('bolt/1.png', 'nut/a/2.png');
    const { lines, layout } = await read({});
    expect(lines).toEqual(['bolt train good bolt/1.png', 'nut train good nut/a/2.png']);
    expect(layout).toBe(
      '2 class folders, no folder is called good, so all images are good unless their folder says anomalous; no anomalous images, so all are for training',
    );
  });

  test('everything but overlays that were drawn here, whose last bytes say so', async () => {
    const overlay = '\x89PNG … tEXtSoftware\0MINT overlay 1234 IEND';
    await root.write(
      'bolt/1.png',
      ['bolt/0001_2.png.png', overlay],
      ['bolt/2.jpg.png', overlay],
      ['run/overlays/bolt/bolt_good_1.png', overlay],
      'bolt/0002_3.png',
      'bolt/4.jpg.png',
    );
    expect((await read({})).lines.map((line) => line.split(' ')[3])).toEqual([
      'bolt/0002_3.png',
      'bolt/1.png',
      'bolt/4.jpg.png',
    ]);
  });

  test('several classes of which nothing says that they are good, with a note', async () => {
    await root.write('bolt/1.png', 'nut/2.png');
    expect((await read({})).warnings).toEqual([
      'No folder says good or anomalous, so all images of these classes count as good: bolt, nut. If one of them holds defects, name it with --defect-words.',
    ]);
  });

  test('VisA as downloaded: wrappers say nothing', async () => {
    await root.write(
      'candle/Data/Images/Normal/0000.JPG',
      'candle/Data/Images/Anomaly/000.JPG',
      'candle/Data/Masks/Anomaly/000.png',
    );
    expect((await read()).lines).toEqual([
      'candle test defective candle/Data/Images/Anomaly/000.JPG <- candle/Data/Masks/Anomaly/000.png',
      'candle train good candle/Data/Images/Normal/0000.JPG',
    ]);
  });
});

describe('masks of fromFolder()', () => {
  test('lie in a folder of masks, with or without the kind, or beside the image', async () => {
    await root.write('a/good/0.png', 'a/cut/0.png', 'a/hole/1.png', 'a/hole/2.png');
    await root.write('a/ground_truth/cut/0_mask.png', 'masks/a/hole/1.png', 'a/hole/2_gt.png');
    const { lines, warnings } = await read();
    expect(lines).toEqual([
      'a test cut a/cut/0.png <- a/ground_truth/cut/0_mask.png',
      'a train good a/good/0.png',
      'a test hole a/hole/1.png <- masks/a/hole/1.png',
      'a test hole a/hole/2.png <- a/hole/2_gt.png',
    ]);
    expect(warnings).toEqual([]);
  });

  test('without their kind only count where one anomalous image has the name', async () => {
    await root.write(
      'good/7.png',
      'cut/7.png',
      'hole/7.png',
      'hole/8.png',
      'masks/7.png',
      'masks/8.png',
      'masks/9.png',
      'masks/8.jpg',
    );
    const { lines, warnings } = await read();
    expect(lines.map((line) => line.split(' ').slice(2).join(' '))).toEqual([
      'cut cut/7.png',
      'good good/7.png',
      'hole hole/7.png',
      'hole hole/8.png <- masks/8.png',
    ]);
    expect(warnings).toEqual([
      'These masks belong to no image, or it is not clear to which. 2: masks/7.png, masks/9.png.',
      'Masks must be PNG, TIFF or BMP: the zeros of other formats are not exact. 1: masks/8.jpg.',
    ]);
  });
});

describe('fromFolder()', () => {
  test('keeps a share of the good images of classes with defects for testing; a new image moves at most one existing image', async () => {
    const good = Array.from({ length: 200 }, (_, i) => `a/good/${i}.png`);
    await root.write(...good, 'a/bad/0.png', 'b/good/0.png');
    const tests = async () => (await read({})).lines.filter((line) => line.includes(' test good '));
    const before = await tests();
    expect(before).toHaveLength(40);
    expect(before.every((line) => line.startsWith('a '))).toBe(true);
    await root.write('c/good/0.png', 'c/good/1.png', 'c/bad/0.png', 'd/good/0.png', 'd/bad/0.png');
    const small = (await tests()).filter((line) => !line.startsWith('a '));
    // One of two good images is for testing whatever its hash, an only one never.
    expect(small.map((line) => line[0])).toEqual(['c']);
    await root.write('a/good/new.png');
    const after = new Set(await tests());
    expect(before.filter((line) => !after.has(line)).length).toBeLessThanOrEqual(1);
    await expect(fromFolder(root.path, { testFraction: 1 })).rejects.toThrow(
      '`testFraction` must lie in [0, 1), got 1',
    );
  });

  test('says what it leaves out, and two images of one stem keep apart', async () => {
    await root.write('a/good/0.png', 'a/good/0.jpg', 'a/stray.png', 'a/good/Thumbs.db', 'LICENSE.txt');
    const { samples, warnings } = await fromFolder(root.path);
    expect(samples.map(({ id }) => id)).toEqual(['a/good/0.jpg', 'a/good/0.png']);
    expect(warnings).toEqual([
      expect.stringMatching(/^Nothing says whether these images are good, .* 1: a\/stray\.png\.$/),
      expect.stringMatching(/but for the ending\. .* 1: a\/good\/0\.png\.$/),
    ]);
  });

  test('chooses classes, refuses unknown ones, empty folders and links that lead out', async () => {
    await expect(fromFolder(root.path)).rejects.toThrow(expect.objectContaining({ code: 'EMPTY_DATASET' }));
    await root.write('in/a/good/0.png', 'in/b/good/0.png', 'out/x.png');
    expect((await fromFolder(join(root.path, 'in'), { classes: ['b'] })).classes).toEqual(['b']);
    await expect(fromFolder(join(root.path, 'in'), { classes: ['c'] })).rejects.toThrow("no class 'c'");
    await symlink(join(root.path, 'out'), join(root.path, 'in/a/good/link'));
    await expect(fromFolder(join(root.path, 'in'))).rejects.toThrow(/link leads to .*outside/);
  });
});

describe('hostile trees', () => {
  test('litter is never data, line breaks in names stay on one line, circles of links are refused', async () => {
    await root.write(
      'a/good/0.png',
      'a/good/@eaDir/0.png/thumb.jpg',
      'a/#recycle/good/1.png',
      'a/good/._0.png',
    );
    await root.write(
      'a/good/.thumbnails/0.png',
      'a/good/desktop.ini',
      'a/good/Thumbs.db',
      'a/no\nte.heic',
      'a/x.txt',
      'a/good/thumbs/0.png',
      '@Recently-Snapshot/1/a/good/0.png',
      'Network Trash Folder/0.png',
      '.Trash-1000/files/0.png',
    );
    const { samples, leftOut, problems, warnings } = await fromFolder(root.path);
    expect(samples.map(({ id }) => id)).toEqual(['a/good/0']);
    expect(leftOut).toEqual([
      { what: 'files that are not images', count: 1, examples: ['a/x.txt'] },
      { what: 'images in a format that is not read', count: 1, examples: ['a/no\\x0ate.heic'] },
    ]);
    expect(problems).toMatchObject([{ code: 'unread-format', count: 1, lost: true }]);
    expect(warnings.join('').includes('\n')).toBe(false);
    await symlink(join(root.path, 'a'), join(root.path, 'a/good/round'));
    await expect(fromFolder(root.path)).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

test('goodImages() reads the layouts that training reads', async () => {
  await root.write('all/tire/good/0.png', 'all/tire/bad/1.png', 'all/nut/train/good/2.png');
  await root.write('own/bolt/3.png');
  const good = await goodImages(join(root.path, 'all'), ['bolt', 'nut', 'tire']);
  expect(
    good.map(({ className, classIndex, split }) => `${className} ${classIndex} ${split}`).sort(),
  ).toEqual(['nut 1 train', 'tire 2 train']);
  expect((await goodImages(join(root.path, 'all/tire'), ['bolt', 'tire'])).map(({ id }) => id)).toEqual([
    'good/0',
  ]);
  expect(await goodImages(join(root.path, 'own/bolt'), ['a', 'b'], { className: 'b' })).toMatchObject([
    { classIndex: 1 },
  ]);
  await expect(goodImages(join(root.path, 'all'), ['nut'])).rejects.toThrow(
    "'tire' is not a class of the model",
  );
  await expect(goodImages(join(root.path, 'all/tire/bad'), ['a', 'b'])).rejects.toThrow(
    "'bad' is not a class",
  );
});
