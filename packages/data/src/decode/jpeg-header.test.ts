import { Random } from '@mint/internal';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodeImage } from './decode.js';
import { jpegHeader } from './jpeg-header.js';

const image = () => sharp({ create: { width: 21, height: 13, channels: 3, background: '#804020' } });

/** What libvips reads, in the shape of ours; undefined where it is not a plain image. */
async function read(bytes: Uint8Array) {
  const header = await sharp(bytes, { failOn: 'warning' }).metadata();
  expect([header.format, header.depth, header.icc, header.space]).toEqual([
    'jpeg',
    'uchar',
    undefined,
    expect.not.stringContaining('cmyk'),
  ]);
  const { width, height, orientation = 1 } = header;
  return { format: 'jpeg', width, height, orientation };
}

test.each([
  ['baseline', image().jpeg()],
  ['progressive', image().jpeg({ progressive: true })],
  ['gray', image().toColourspace('b-w').jpeg()],
  [
    'with XMP of 60 KB',
    image()
      .withXmp(`<x>${' '.repeat(60_000)}</x>`)
      .jpeg(),
  ],
])('reads what libvips reads: %s', async (_, made) => {
  const bytes = await made.toBuffer();
  expect(jpegHeader(bytes)).toEqual(await read(bytes));
});

test.each([
  ['a colour profile', image().withIccProfile('p3').jpeg()],
  ['CMYK', image().toColourspace('cmyk').jpeg()],
  ['PNG', image().png()],
])('leaves to libvips: %s', async (_, made) => {
  expect(jpegHeader(await made.toBuffer())).toBeUndefined();
});

test('a header that is cut anywhere is not a header', async () => {
  const bytes = await image().jpeg().toBuffer();
  const scan = bytes.indexOf(Buffer.from([0xff, 0xda]));
  for (let length = 0; length < scan + 4; length++)
    expect(jpegHeader(bytes.subarray(0, length))).toBeUndefined();
});

// The two bytes at each place of EXIF data in turn, and 600 places by chance.
test('damaged EXIF data is read as libvips reads it, or left to it', async () => {
  const made = await image()
    .withExif({ IFD0: { Artist: 'a', Copyright: 'b', Orientation: '6' } })
    .jpeg()
    .toBuffer();
  const start = made.indexOf('Exif');
  const length = made.readUInt16BE(start - 2) - 2;
  expect(jpegHeader(made)).toEqual(await read(made));
  const random = new Random(0);
  let plain = 0;
  for (let run = 0; run < 800; run++) {
    const bytes = Buffer.from(made);
    const at = start + 6 + (run < length - 6 ? run : random.int(length - 6));
    bytes[at] = random.int(3) === 0 ? random.int(256) : (bytes[at] ?? 0) ^ (1 << random.int(4));
    const header = jpegHeader(bytes);
    if (header === undefined) continue;
    plain += 1;
    expect(header, `run ${run}, byte ${at}`).toEqual(await read(bytes));
  }
  expect(plain).toBeGreaterThan(400);
});

test('a segment that ends before the text that would be in it is not read past its end', async () => {
  // The text of an EXIF segment behind a segment that has no content.
  const bytes = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0x00, 0x02, ...Buffer.from('Exif\0\0')]);
  expect(jpegHeader(bytes)).toBeUndefined();
  await expect(decodeImage(bytes, 'small.jpg')).rejects.toMatchObject({ code: 'UNREADABLE_IMAGE' });
});
