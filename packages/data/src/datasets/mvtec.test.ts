import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { needsTestBed, testBed, testBedPath } from '@mint/test-utils';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeImage, decodeMask, loadMvtec, loadSample, proceduralDataset, writeMvtec } from '../index.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mint-data-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Empty files: the listing opens none. */
async function tree(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '');
  }
}

describe('loadMvtec()', () => {
  test('reads all classes, sorted by code unit, and pairs masks by exact stem', async () => {
    await tree(
      'nut/train/good/000.png',
      'nut/test/good/1.png',
      'Zip/train/good/b.JPEG',
      'Zip/train/good/B.webp',
      'Zip/test/good/x.png',
      'Zip/test/hole/10.png',
      'Zip/test/hole/1.png',
      'Zip/test/hole/2.tif',
      'Zip/ground_truth/hole/1_mask.png',
      'Zip/ground_truth/hole/2.PNG',
      'Zip/ground_truth/hole/11_mask.png',
    );
    const { classes, samples, warnings } = await loadMvtec(root);
    expect(classes).toEqual(['Zip', 'nut']);
    expect(
      samples.map(({ id, classIndex, split, label, defect, maskPath }) => [
        id,
        classIndex,
        split,
        label,
        defect,
        maskPath?.slice(root.length),
      ]),
    ).toEqual([
      ['Zip/train/good/B', 0, 'train', 'normal', undefined, undefined],
      ['Zip/train/good/b', 0, 'train', 'normal', undefined, undefined],
      ['Zip/test/good/x', 0, 'test', 'normal', undefined, undefined],
      ['Zip/test/hole/1', 0, 'test', 'anomalous', 'hole', join('/Zip/ground_truth/hole/1_mask.png')],
      ['Zip/test/hole/10', 0, 'test', 'anomalous', 'hole', undefined],
      ['Zip/test/hole/2', 0, 'test', 'anomalous', 'hole', join('/Zip/ground_truth/hole/2.PNG')],
      ['nut/train/good/000', 1, 'train', 'normal', undefined, undefined],
      ['nut/test/good/1', 1, 'test', 'normal', undefined, undefined],
    ]);
    expect(samples[1]?.imagePath).toBe(join(root, 'Zip/train/good/b.JPEG'));
    expect(warnings).toEqual([
      'Zip: 1 of 3 images in test/hole have no mask in ground_truth/hole.',
      'Zip: ground_truth/hole has 1 mask(s) without an image: 11_mask.png.',
      'nut: no anomalous test images, so its AUROC is undefined.',
    ]);
  });

  test('reads one class folder as a data set of one class', async () => {
    await tree('nut/train/good/000.png');
    const dataset = await loadMvtec(join(root, 'nut'));
    expect(dataset).toMatchObject({
      name: 'nut',
      classes: ['nut'],
      warnings: ['nut: no test images, so this class cannot be evaluated.'],
    });
    expect(dataset.samples.map(({ id }) => id)).toEqual(['nut/train/good/000']);
  });

  test('chooses classes and counts among them; an unknown class is refused with the list', async () => {
    await tree('a/train/good/0.png', 'b/train/good/0.png', 'c/train/good/0.png');
    const { classes, samples } = await loadMvtec(root, { classes: ['c', 'b'] });
    expect([classes, samples.map(({ classIndex }) => classIndex)]).toEqual([
      ['b', 'c'],
      [0, 1],
    ]);
    await expect(loadMvtec(root, { classes: ['a', 'd'] })).rejects.toThrow(
      `no class 'd' in ${root}; there are 'a', 'b', 'c'`,
    );
  });

  test('reports what it leaves out', async () => {
    await tree(
      'a/train/good/0.png',
      'a/train/good/Thumbs.db',
      'a/train/good/.hidden.png',
      'a/train/bad/0.png',
      'a/test/cut/0.gif',
      'a/test/cut/1.png',
      'notes/readme.txt',
      'empty/train/good/x.txt',
    );
    const { classes, samples, warnings } = await loadMvtec(root);
    expect(classes).toEqual(['a']);
    expect(samples.map(({ id }) => id)).toEqual(['a/train/good/0', 'a/test/cut/1']);
    expect(warnings).toEqual([
      'notes: has neither train/good nor test, so it is not a class; left out.',
      'a: folders in train other than good are not read: bad.',
      'a: test/cut has 1 file(s) that are not images by name: 0.gif.',
      'a: no images in test/good, so its AUROC is undefined.',
      'a: no ground_truth, so only image metrics are defined.',
      'empty: train/good has 1 file(s) that are not images by name: x.txt.',
      'empty: no images in train/good, so nothing can be learnt about this class.',
      'empty: no test images, so this class cannot be evaluated.',
    ]);
  });

  test('ids stay unique where two files share a stem', async () => {
    await tree('a/train/good/0.png', 'a/train/good/0.jpg', 'a/train/good/1.png');
    const { samples } = await loadMvtec(root);
    expect(samples.map(({ id }) => id)).toEqual([
      'a/train/good/0.jpg',
      'a/train/good/0.png',
      'a/train/good/1.png',
    ]);
  });

  test('a missing folder is named with its nearest parent', async () => {
    const error = expect(loadMvtec(join(root, 'no/such/place'))).rejects;
    await error.toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    await expect(loadMvtec(join(root, 'no/such'))).rejects.toThrow(
      `there is no such folder; the nearest that exists is ${root}.`,
    );
    await tree('file');
    await expect(loadMvtec(join(root, 'file'))).rejects.toThrow('this is a file');
  });

  test('a folder without classes explains the layout and says what it found', async () => {
    await tree('images/0.png', 'labels.csv');
    const attempt = () => loadMvtec(root);
    await expect(attempt()).rejects.toThrow(expect.objectContaining({ code: 'EMPTY_DATASET' }));
    await expect(attempt()).rejects.toThrow(
      /train\/good\/\*\.png[\s\S]*Found instead: images\/, labels\.csv\./,
    );
    await rm(join(root, 'images'), { recursive: true });
    await rm(join(root, 'labels.csv'));
    await expect(attempt()).rejects.toThrow('Found instead: an empty folder.');
    await tree('a/train/good/notes.txt');
    await expect(attempt()).rejects.toThrow(/no image in the expected folders/);
  });

  test('follows symbolic links inside the root and refuses those that leave it', async () => {
    await tree('set/a/train/good/0.png', 'outside/1.png', 'set-beside/2.png');
    await symlink(join(root, 'set/a'), join(root, 'set/b'));
    expect((await loadMvtec(join(root, 'set'))).classes).toEqual(['a', 'b']);
    for (const target of ['outside/1.png', 'set-beside/2.png']) {
      const link = join(root, 'set/a/train/good/link.png');
      await symlink(join(root, target), link);
      await expect(loadMvtec(join(root, 'set'))).rejects.toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
      await expect(loadMvtec(join(root, 'set'))).rejects.toThrow(
        /link\.png: the symbolic link leads to .*, outside /,
      );
      await rm(link);
    }
    await symlink(join(root, 'nothing'), join(root, 'set/c'));
    await expect(loadMvtec(join(root, 'set'))).rejects.toThrow('leads nowhere');
  });

  test.skipIf(testBed === undefined)(
    needsTestBed('reads the native samples: no test/good, every mask paired'),
    async () => {
      const { classes, samples, warnings } = await loadMvtec(testBedPath('data/mvtec-layout-samples/tire'));
      expect([classes, samples.length]).toEqual([['tire'], 8]);
      expect(
        samples.filter(({ label }) => label === 'anomalous').every(({ maskPath }) => maskPath !== undefined),
      ).toBe(true);
      expect(warnings).toEqual(['tire: no images in test/good, so its AUROC is undefined.']);
      const sample = samples.find(({ defect }) => defect === 'hole');
      if (sample === undefined) throw new Error('no hole');
      const { image, mask } = await loadSample(sample, { width: 30, height: 40, filter: 'bilinear' });
      expect([image.data.length, mask?.data.length]).toEqual([3600, 1200]);
      expect(mask?.data.includes(1)).toBe(true);
    },
  );

  test.skipIf(testBed === undefined)(needsTestBed('counts the test bed as its README does'), async () => {
    const { samples } = await loadMvtec(testBedPath('data/testbed'));
    const count = (className: string) => {
      const mine = samples.filter((sample) => sample.className === className);
      const test = mine.filter(({ split }) => split === 'test');
      const anomalous = test.filter(({ label }) => label === 'anomalous');
      return [
        mine.length - test.length,
        test.length - anomalous.length,
        anomalous.length,
        anomalous.filter(({ maskPath }) => maskPath).length,
      ];
    };
    expect(
      Object.fromEntries(
        ['tire', 'juice_bottle', 'magnetic_tile', 'elpv_mono', 'cubes', 'cookie'].map((name) => [
          name,
          count(name),
        ]),
      ),
    ).toEqual({
      tire: [210, 25, 87, 87],
      juice_bottle: [335, 54, 142, 142],
      magnetic_tile: [300, 193, 269, 269],
      elpv_mono: [300, 117, 117, 0],
      cubes: [87, 29, 72, 0],
      cookie: [31, 14, 32, 32],
    });
  });

  test.skipIf(testBed === undefined)(
    needsTestBed('a mask of another size is refused with both files and sizes'),
    async () => {
      const { samples } = await loadMvtec(testBedPath('data/mvtec-layout-samples/broken/mask_size_mismatch'));
      const sample = samples.find(({ defect }) => defect === 'cut');
      if (sample === undefined) throw new Error('no cut');
      const load = () => loadSample(sample, { width: 64, height: 64, filter: 'bilinear' });
      await expect(load()).rejects.toThrow(expect.objectContaining({ code: 'MASK_MISMATCH' }));
      await expect(load()).rejects.toThrow(
        /000_mask\.png: the mask is 160x160 but its image .*test.cut.000\.png is 120x160/,
      );
    },
  );
});

describe('writeMvtec()', () => {
  test('writes files that read back with the same pixels', async () => {
    const dataset = proceduralDataset({
      trainPerClass: 1,
      testGoodPerClass: 1,
      defectsPerClass: 1,
      size: 48,
    });
    await writeMvtec(dataset, join(root, 'out'));
    const read = await loadMvtec(join(root, 'out'));
    expect(read.warnings).toEqual([]);
    expect(read.classes).toEqual(dataset.classes);
    expect(read.samples.map(({ id }) => id).sort()).toEqual(dataset.samples.map(({ id }) => id).sort());
    for (const { id, render } of dataset.samples) {
      const twin = read.samples.find((sample) => sample.id === id);
      if (twin?.imagePath === undefined || render === undefined) throw new Error(`${id} is lost`);
      const { image, mask } = render();
      expect(Buffer.compare((await decodeImage(await readFile(twin.imagePath), id)).data, image.data)).toBe(
        0,
      );
      expect(twin.maskPath === undefined).toBe(mask === undefined);
      if (typeof twin.maskPath === 'string' && mask !== undefined) {
        expect(Buffer.compare((await decodeMask(await readFile(twin.maskPath), id)).data, mask.data)).toBe(0);
      }
    }
    const files = await readdir(join(root, 'out'), { recursive: true });
    expect(files.filter((file) => file.endsWith('.part'))).toEqual([]);
  });

  test('refuses names that would leave the folder', async () => {
    const [sample] = proceduralDataset({ size: 32 }).samples;
    if (sample === undefined) throw new Error('no sample');
    for (const bad of [{ className: '../a' }, { id: 'a/..' }]) {
      const dataset = { name: 'x', classes: [], warnings: [], samples: [{ ...sample, ...bad }] };
      await expect(writeMvtec(dataset, root)).rejects.toThrow('is not a plain file name');
    }
  });
});
