import { deflateSync } from 'node:zlib';
import { Random } from '@mint/internal';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { pngChunk, pngFile } from '../__fixtures__/png-file.js';
import { decodeImage } from '../index.js';
import { decodePng } from './png.js';
import { pngHeader } from './png-header.js';

const random = new Random(3);
/** Steps from byte to byte, so that filters predict something, and now and then a jump. */
const bytes = (count: number) => {
  let level = 128;
  return Uint8Array.from({ length: count }, () => {
    level = random.int(9) === 0 ? random.int(256) : (level + random.int(7) + 253) % 256;
    return level;
  });
};
/** Rows of random bytes behind the given filters. */
const filteredRows = (width: number, height: number, channels: number, filter: (y: number) => number) => {
  const rows = bytes(height * (1 + width * channels));
  for (let y = 0; y < height; y++) rows[y * (1 + width * channels)] = filter(y);
  return rows;
};
const decoded = (file: Uint8Array) => {
  const header = pngHeader(file);
  return header === undefined ? undefined : decodePng(file, header);
};

test.each([
  [1, 1],
  [2, 3],
  [5, 7],
  [13, 11],
  [16, 2],
  [67, 41],
])('%i x %i, gray and RGB, with every filter: the bytes of libvips', async (width, height) => {
  for (const channels of [1, 3]) {
    for (const filter of [0, 1, 2, 3, 4, 5]) {
      const of = (y: number) => (filter === 5 ? (y + 3) % 5 : filter);
      const rows = filteredRows(width, height, channels, of);
      const file = pngFile({ width, height, kind: [8, channels - 1, 0, 0, 0], rows });
      expect(decoded(file), `${channels} channels, filter ${filter}`).toEqual(
        await decodeImage(file, 'a.png'),
      );
    }
  }
});

test('the bytes of an image that sharp wrote, with any chunk before its pixels that changes none of them', async () => {
  const [width, height] = [53, 37];
  const data = bytes(width * height * 3);
  const raw = { width, height, channels: 3 } as const;
  const written = await sharp(data, { raw }).png({ adaptiveFiltering: true }).toBuffer();
  expect(decoded(written)?.data).toEqual(data);

  const rows = filteredRows(width, height, 3, () => 4);
  const plain = decoded(pngFile({ width, height, rows }));
  const number = (value: number) => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(value);
    return four;
  };
  const extra = [
    pngChunk('gAMA', number(100_000)),
    pngChunk('cHRM', Buffer.concat([31270, 32900, 70000, 30000, 30000, 60000, 15000, 5000].map(number))),
    pngChunk('sRGB', Uint8Array.of(2)),
    pngChunk('pHYs', Buffer.concat([number(5), number(3), Uint8Array.of(1)])),
    pngChunk('tIME', Uint8Array.of(7, 208, 2, 3, 4, 5, 6)),
  ];
  for (const chunks of [...extra.map((one) => [one]), extra.slice(0, 2), extra.slice(2)]) {
    const file = pngFile({ width, height, rows, extra: chunks });
    expect(decoded(file)).toEqual(plain);
    expect(await decodeImage(file, 'a.png')).toEqual(plain);
  }
});

test('what is not plain is left to a full reader', async () => {
  const [width, height] = [5, 3];
  const of = (parts: object) =>
    pngHeader(pngFile({ width, height, rows: filteredRows(width, height, 3, () => 0), ...parts }));
  expect(of({})).toMatchObject({ width, height, channels: 3, data: { length: 3 } });
  expect(of({ kind: [16, 2, 0, 0, 0] })).toBeUndefined();
  for (const colour of [3, 4, 6]) expect(of({ kind: [8, colour, 0, 0, 0] })).toBeUndefined();
  expect(of({ kind: [8, 2, 0, 0, 1] })).toBeUndefined();
  expect(of({ kind: [8, 2, 1, 0, 0] })).toBeUndefined();
  expect(of({ kind: [8, 2, 0, 1, 0] })).toBeUndefined();
  expect(of({ width: 0 })).toBeUndefined();
  for (const type of ['tRNS', 'iCCP', 'eXIf', 'acTL', 'tEXt', 'iTXt', 'cICP', 'IHDR', 'PLTE'])
    expect(of({ extra: [pngChunk(type, new Uint8Array(6))] }), type).toBeUndefined();

  const file = pngFile({ width, height, rows: filteredRows(width, height, 3, () => 0) });
  for (let length = 0; length < file.length; length++)
    expect(pngHeader(file.subarray(0, length))).toBeUndefined();
  expect(pngHeader(Buffer.concat([file, Uint8Array.of(0)]))).toBeUndefined();
  for (let at = 0; at < file.length; at++) {
    const flipped = Buffer.from(file);
    flipped[at] = (flipped[at] as number) ^ 4;
    expect(pngHeader(flipped), `byte ${at}`).toBeUndefined();
  }
  const time = pngChunk('tIME', Uint8Array.of(7, 208, 2, 3, 4, 5, 6));
  const second = file.indexOf('IDAT', file.indexOf('IDAT') + 4) - 4;
  const apart = [file.subarray(0, second), time, file.subarray(second)];
  expect(pngHeader(Buffer.concat(apart))).toBeUndefined();
});

test('too few or too many rows, an unknown filter, bytes behind the stream: no image', () => {
  const [width, height] = [5, 7];
  const rows = filteredRows(width, height, 3, (y) => y % 5);
  const stream = deflateSync(rows);
  const of = (parts: object) => decoded(pngFile({ width, height, rows, ...parts }));
  expect(of({})).toBeDefined();
  expect(of({ height: height + 1 })).toBeUndefined();
  expect(of({ height: height - 1 })).toBeUndefined();
  expect(of({ width: width + 1 })).toBeUndefined();
  expect(of({ rows: filteredRows(width, height, 3, (y) => (y === 6 ? 5 : 0)) })).toBeUndefined();
  expect(of({ stream: Buffer.concat([stream, Uint8Array.of(0)]) })).toBeUndefined();
  expect(of({ stream: stream.subarray(0, -1) })).toBeUndefined();
  // Adler-32 of the rows, the stream's last four bytes.
  const wrong = Buffer.from(stream);
  wrong[wrong.length - 1] = (wrong[wrong.length - 1] as number) ^ 1;
  expect(of({ stream: wrong })).toBeUndefined();
  expect(of({})).toBeDefined();
});

test('damaged streams under right checksums: none decodes that libvips refuses, none to other pixels', async () => {
  const [width, height] = [23, 19];
  let [same, refused] = [0, 0];
  for (let i = 0; i < 1500; i++) {
    const rows = filteredRows(width, height, 3, () => random.int(5));
    const stream = Buffer.from(deflateSync(rows, { level: random.int(10) }));
    // Without its own checksum at the end, most damage inside would be seen by that alone.
    const at = random.int(stream.length - (i % 2 === 0 ? 0 : 4));
    stream[at] = i % 5 === 0 ? (stream[at] as number) : random.int(256);
    const file = pngFile({ width, height, rows, stream: i % 7 === 0 ? stream.subarray(0, at + 1) : stream });
    const image = decoded(file);
    const full = await decodeImage(file, 'a.png').catch(() => undefined);
    if (image === undefined) refused += 1;
    else {
      expect(image, `image ${i}`).toEqual(full);
      same += 1;
    }
  }
  expect(same).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(500);
});
