import { readFile } from 'node:fs/promises';
import { needsTestBed, testBed, testBedPath } from '@mint/test-utils';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { fingerprintOf, nearPairs } from '../src/check/near-duplicates.js';
import { decodeImage, loadMvtec } from '../src/index.js';

const COPIES = {
  'JPEG at quality 75': (file: Buffer) => sharp(file).jpeg({ quality: 75 }),
  'shrunk to 200 pixels': (file: Buffer) => sharp(file).resize(200, 200).jpeg({ quality: 85 }),
  '3 % brighter': (file: Buffer) => sharp(file).modulate({ brightness: 1.03 }).png(),
  'enlarged, WebP': (file: Buffer) => sharp(file).resize(512, 512).webp({ quality: 80 }),
};

test.skipIf(testBed === undefined)(
  needsTestBed('near duplicates on six real categories: copies found, other images not'),
  { timeout: 600_000 },
  async () => {
    const { classes, samples } = await loadMvtec(testBedPath('data/testbed'));
    const fingerprint = async (file: Buffer) => fingerprintOf(await decodeImage(file, 'copy'));
    const found: Record<string, number> = {};
    const pairs: Record<string, number> = {};
    for (const name of classes) {
      const files = await Promise.all(
        samples
          .filter(({ className }) => className === name)
          .map(({ imagePath = '' }) => readFile(imagePath)),
      );
      const prints = await Promise.all(files.map(fingerprint));
      pairs[name] = nearPairs(prints).length;
      let [hits, tries] = [0, 0];
      for (const [i, file] of files.slice(0, 50).entries())
        for (const copy of Object.values(COPIES)) {
          tries += 1;
          hits += nearPairs([prints[i], await fingerprint(await copy(file).toBuffer())]).length;
        }
      found[name] = hits / tries;
    }
    console.log('share of copies found', found, 'pairs among the images themselves', pairs);
    for (const share of Object.values(found)) expect(share).toBeGreaterThan(0.8);
    expect(pairs).toMatchObject({ cookie: 0, elpv_mono: 0, juice_bottle: 0, tire: 0 });
  },
);
