import { crc32 } from 'node:zlib';
import type { Random } from '@mint/internal';
import sharp from 'sharp';
import { bmp } from './bmp-file.js';

export { bmp } from './bmp-file.js';

const [WIDTH, HEIGHT] = [61, 47];

/** Noise with structure: every row and block differs, so a part that was not decoded shows. */
const pixel = (x: number, y: number, c: number) => (x * 7 + y * 13 + c * 51 + ((x * y) % 31) * 5) & 255;

/** Files of every format that is read, 61 x 47 pixels, whole, made here; by what is special about them. */
export async function imageFiles(): Promise<Record<string, Buffer>> {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) =>
    pixel(Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH), i % 3),
  );
  const base = () => sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
  const jpeg = await base().jpeg().toBuffer();
  const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r xmlns="http://mint.example/">good</r></x:xmpmeta>';
  const tiles = { tile: true, tileWidth: 16, tileHeight: 16 };
  const exif = { IFD0: { Make: 'camera', Software: 'line 3' } };
  return {
    png: await base().png().toBuffer(),
    'png palette': await base().png({ palette: true }).toBuffer(),
    'png palette transparent': await base().ensureAlpha(0.5).png({ palette: true }).toBuffer(),
    'png gray 16': await base().toColourspace('grey16').png().toBuffer(),
    'png alpha': await base().ensureAlpha(0.5).png().toBuffer(),
    'png interlaced': await base().png({ progressive: true }).toBuffer(),
    'png animated': animated(await base().png().toBuffer()),
    'png profile': await base().withIccProfile('p3').png().toBuffer(),
    jpeg,
    'jpeg progressive': await base().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
    'jpeg gray': await base().toColourspace('b-w').jpeg({ quality: 95 }).toBuffer(),
    'jpeg exif': await base().withMetadata({ orientation: 6 }).withExifMerge(exif).jpeg().toBuffer(),
    'jpeg profile': await base().withIccProfile('p3').jpeg().toBuffer(),
    'jpeg xmp': await base().withXmp(xmp).jpeg().toBuffer(),
    'jpeg preview': withSecondImage(jpeg),
    'jpeg cmyk': await base().toColourspace('cmyk').jpeg().toBuffer(),
    webp: await base().webp().toBuffer(),
    'webp lossless': await base().webp({ lossless: true }).toBuffer(),
    'webp exif': await base().withMetadata({ orientation: 3 }).withXmp(xmp).webp().toBuffer(),
    tiff: await base().tiff({ compression: 'none' }).toBuffer(),
    'tiff lzw': await base().tiff({ compression: 'lzw' }).toBuffer(),
    'tiff deflate tiles': await base()
      .tiff({ compression: 'deflate', ...tiles })
      .toBuffer(),
    'tiff jpeg': await base().tiff({ compression: 'jpeg' }).toBuffer(),
    'tiff bilevel': await base()
      .toColourspace('b-w')
      .tiff({ bitdepth: 1, compression: 'ccittfax4' })
      .toBuffer(),
    ...bitmaps(),
  };
}

function bitmaps(): Record<string, Buffer> {
  const size = { width: WIDTH, height: HEIGHT };
  const colour = (x: number, y: number) => (pixel(x, y, 0) << 16) | (pixel(x, y, 1) << 8) | pixel(x, y, 2);
  const palette = Array.from({ length: 256 }, (_, i) => i * 0x010101);
  return {
    'bmp 24': bmp({ ...size, bits: 24, pixel: colour }),
    'bmp 8': bmp({ ...size, bits: 8, palette, pixel: (x, y) => pixel(x, y, 0) }),
    'bmp 1': bmp({ ...size, bits: 1, palette: [0, 0xffffff], pixel: (x, y) => pixel(x, y, 0) & 1 }),
  };
}

/** A chunk of a PNG file, with its checksum. */
function pngChunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(content.length);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** A PNG file with a second frame, as APNG has it. */
function animated(file: Buffer): Buffer {
  const header = 8 + 25;
  const end = file.length - 12;
  const pixelsAt = file.indexOf('IDAT') - 4;
  const pixels = file.subarray(pixelsAt + 8, pixelsAt + 8 + file.readUInt32BE(pixelsAt));
  const numbers = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, i) => {
      bytes.writeUInt32BE(value, 4 * i);
    });
    return bytes;
  };
  const frame = (number: number) =>
    Buffer.concat([numbers(number, WIDTH, HEIGHT, 0, 0), Buffer.from([0, 1, 0, 10, 0, 0])]);
  return Buffer.concat([
    file.subarray(0, header),
    pngChunk('acTL', numbers(2, 0)),
    pngChunk('fcTL', frame(0)),
    file.subarray(header, end),
    pngChunk('fcTL', frame(1)),
    pngChunk('fdAT', Buffer.concat([numbers(2), pixels])),
    file.subarray(end),
  ]);
}

/** A JPEG file with another one behind it, as cameras add a preview: CIPA DC-007, Multi-Picture Format. */
function withSecondImage(file: Buffer): Buffer {
  const [little, entries, version] = ['49492a0008000000', '0300', '00b0070004000000'] as const;
  const directory = Buffer.from(
    `${little}${entries}${version}30313030${'01b0040001000000'}02000000${'02b0070020000000'}32000000${'00000000'}${'00'.repeat(32)}`,
    'hex',
  );
  const body = Buffer.concat([Buffer.from('MPF\0', 'latin1'), directory]);
  const segment = Buffer.concat([
    Buffer.from([0xff, 0xe2, (body.length + 2) >> 8, (body.length + 2) & 255]),
    body,
  ]);
  return Buffer.concat([file.subarray(0, 2), segment, file.subarray(2), file]);
}

const MUTATIONS = ['cut', 'bit', 'bytes', 'header', 'zeros', 'remove', 'repeat'] as const;
export type ImageMutation = (typeof MUTATIONS)[number];

/** A damaged copy of a file, and what was done to it. */
export function mutateImage(file: Buffer, random: Random): { how: ImageMutation; bytes: Buffer } {
  const how = MUTATIONS[random.int(MUTATIONS.length)] ?? 'bit';
  return { how, bytes: damaged(file, random, how) };
}

function damaged(file: Buffer, random: Random, how: ImageMutation): Buffer {
  const bytes = Buffer.from(file);
  const [from, length] = [random.int(file.length), 1 + random.int(64)];
  switch (how) {
    case 'cut':
      return bytes.subarray(0, from);
    case 'bit':
      bytes[from] = (bytes[from] ?? 0) ^ (1 << random.int(8));
      return bytes;
    case 'bytes':
      for (let k = random.int(8); k >= 0; k--) bytes[random.int(file.length)] = random.int(256);
      return bytes;
    case 'header':
      for (let k = random.int(4); k >= 0; k--) bytes[random.int(Math.min(96, file.length))] = random.int(256);
      return bytes;
    case 'zeros':
      return bytes.fill(0, from, Math.min(from + length, file.length));
    case 'remove':
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, from + length), bytes.subarray(from)]);
  }
}
