import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jpegFile } from '@mint/test-utils/jpeg-files';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodeImage, loadSample, type Preprocessing, preprocessImage, type RgbImage } from '../index.js';

const draftTo = (width: number, height: number): Preprocessing => ({
  width,
  height,
  filter: 'bilinear',
  jpegDraft: true,
});
const sha = ({ data }: RgbImage) => createHash('sha256').update(data).digest('hex').slice(0, 16);

// Pillow 9.4 with libjpeg-turbo 2.1.5, on files it wrote (203 x 151, chroma 4:2:0, 4:4:4 progressive, gray, 4:2:2):
// ```python
// im = Image.open(file); im.draft('RGB', (w, h)); sha(im.convert('RGB').resize((w, h), Image.BILINEAR))
// ```
test.each([
  ['420', 101, 75, 102, '10ca692b98ef50b5'],
  ['420', 61, 30, 102, '54d6dd3e70afe09a'],
  ['420', 24, 18, 26, '142aa2e51731a03f'],
  ['420', 25, 37, 51, '66560d04ad9c2fbc'],
  ['progressive-444', 101, 75, 102, '4a7cac25c6815894'],
  ['progressive-444', 61, 30, 102, 'ddbd93c59592bf0d'],
  ['progressive-444', 24, 18, 26, 'c2b25cbc498fadd9'],
  ['progressive-444', 25, 37, 51, 'eb73bedb38bd2947'],
  ['gray', 101, 75, 102, '4426f2dea3419906'],
  ['gray', 61, 30, 102, '7410422c9178abdf'],
  ['gray', 24, 18, 26, '771cb1711f79b45f'],
  ['gray', 25, 37, 51, '71ce7850339525e0'],
  ['422', 101, 75, 102, 'da4003050f50d42b'],
  ['422', 61, 30, 102, '0ab95007e45c6d21'],
  ['422', 24, 18, 26, '72d95d73f956b8ac'],
  ['422', 25, 37, 51, '3d7e67b4d6756c58'],
] as const)(
  '%s for %i x %i has the bytes of Pillow draft and resize',
  async (name, width, height, draft, hash) => {
    const preprocessing = draftTo(width, height);
    const image = await decodeImage(jpegFile(name), name, { draftFor: preprocessing });
    expect([image.width, image.height]).toEqual([draft, Math.ceil(151 / Math.round(203 / draft))]);
    expect(sha(preprocessImage(image, preprocessing))).toBe(hash);
  },
);

test('makes no draft of an image under twice the size, with a colour profile, or of another format', async () => {
  const whole = await decodeImage(jpegFile('420'), 'x');
  const undersized = await decodeImage(jpegFile('420'), 'x', { draftFor: draftTo(102, 75) });
  expect(sha(undersized)).toBe(sha(whole));
  const source = sharp(jpegFile('420'));
  const draftFor = draftTo(24, 18);
  for (const file of [source.clone().withIccProfile('p3').jpeg(), source.clone().png()])
    expect(await decodeImage(await file.toBuffer(), 'x', { draftFor })).toMatchObject({
      width: 203,
      height: 151,
    });
});

test('the size before a crop counts; for a padded image, the size of the square', async () => {
  const widthFor = async (preprocessing: Preprocessing) =>
    (await decodeImage(jpegFile('gray'), 'x', { draftFor: preprocessing })).width;
  const to = draftTo(20, 20);
  expect(await widthFor({ ...to, resize: 75 })).toBe(102);
  expect(await widthFor({ ...to, resize: { width: 50, height: 37 } })).toBe(51);
  expect(await widthFor(draftTo(25, 25))).toBe(51);
  expect(await widthFor({ ...draftTo(25, 25), padToSquare: true })).toBe(26);
});

/** With an EXIF segment that holds the orientation alone. */
function withOrientation(file: Buffer, orientation: number): Buffer {
  const segment = Buffer.from(
    'ffe10022457869660000' + '49492a0008000000' + '0100120103000100000000000000' + '00000000',
    'hex',
  );
  segment[28] = orientation;
  return Buffer.concat([file.subarray(0, 2), segment, file.subarray(2)]);
}

test('turns drafts upright: orientation 1 to 8', async () => {
  const options = { draftFor: draftTo(30, 30) };
  const { width, height, data } = await decodeImage(jpegFile('422'), 'x', options);
  const hashes = new Set<string>();
  for (let orientation = 1; orientation <= 8; orientation++) {
    const file = withOrientation(jpegFile('422'), orientation);
    expect((await sharp(file).metadata()).orientation).toBe(orientation);
    const image = await decodeImage(file, 'x', options);
    const raw = sharp(data, { raw: { width, height, channels: 3 } });
    const tagged = await raw.withMetadata({ orientation }).png().toBuffer();
    const { data: expected, info } = await sharp(tagged)
      .autoOrient()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([image.width, image.height]).toEqual([info.width, info.height]);
    expect(Buffer.compare(image.data, expected)).toBe(0);
    hashes.add(sha(image));
  }
  expect(hashes.size).toBe(8);
});

test('a cut or damaged file is refused in draft too, and leaves the decoder ready for the next', async () => {
  const options = { draftFor: draftTo(25, 18) };
  for (const name of ['420', 'restart-420', 'progressive-444', 'gray'] as const) {
    const bytes = jpegFile(name);
    const before = sha(await decodeImage(bytes, name, options));
    for (const share of [0.5, 0.9, 0.99])
      await expect(decodeImage(bytes.subarray(0, share * bytes.length), name, options)).rejects.toThrow(
        `${name}: the image is truncated or damaged (libjpeg's message`,
      );
    expect(sha(await decodeImage(bytes, name, options))).toBe(before);
  }
});

test('a progressive file of more than 100 scans is refused', async () => {
  const bytes = jpegFile('progressive-444');
  // The last scan again and again: it refines what is complete already.
  const start = bytes.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = bytes.subarray(start, -2);
  const many = Buffer.concat([
    bytes.subarray(0, -2),
    ...Array.from({ length: 150 }, () => scan),
    bytes.subarray(-2),
  ]);
  await expect(decodeImage(many, 'many', { draftFor: draftTo(25, 18) })).rejects.toThrow('many: ');
});

test('the mask of a drafted image has the size of the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mint-draft-'));
  try {
    const [imagePath, maskPath] = [join(folder, 'x.jpg'), join(folder, 'x.png')];
    await writeFile(imagePath, jpegFile('420'));
    const black = { create: { width: 203, height: 151, channels: 3, background: '#000' } } as const;
    await sharp(black).png().toFile(maskPath);
    const sample = {
      id: 'a/test/dent/0',
      className: 'a',
      classIndex: 0,
      split: 'test',
      label: 'anomalous',
      imagePath,
      maskPath,
    } as const;
    const preprocessing = draftTo(25, 18);
    const { image, mask } = await loadSample(sample, preprocessing);
    expect(mask).toMatchObject({ width: 25, height: 18 });
    const drafted = await decodeImage(jpegFile('420'), 'x', { draftFor: preprocessing });
    expect(sha(image)).toBe(sha(preprocessImage(drafted, preprocessing)));
    await sharp(black).resize(102, 76).png().toFile(maskPath);
    await expect(loadSample(sample, preprocessing)).rejects.toThrow(
      'is 203x151; they must have the same size',
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
