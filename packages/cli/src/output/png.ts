import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

const compress = promisify(deflate);

/** Pixels of a PNG: RGB, or numbers of colours. */
export interface PngPixels {
  readonly width: number;
  readonly height: number;
  /** `[height · width · 3]`, or `[height · width]` with a palette. */
  readonly data: Uint8Array;
  /** Red, green, blue and opacity of each number, from 0 to 255. */
  readonly palette?:
    | readonly (readonly [red: number, green: number, blue: number, opacity: number])[]
    | undefined;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/**
 * A PNG, compressed outside of the calling thread: a server answers meanwhile. `@mint/report` writes smaller files, and keeps its
 * thread busy.
 */
export async function encodePng({ width, height, data, palette }: PngPixels): Promise<Uint8Array> {
  const channels = palette === undefined ? 3 : 1;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, palette === undefined ? 2 : 3], 8);
  const chunks = [
    chunk('IHDR', header),
    ...(palette === undefined
      ? []
      : [
          chunk('PLTE', Buffer.from(palette.flatMap((colour) => colour.slice(0, 3)))),
          chunk('tRNS', Buffer.from(palette.map(([, , , opacity]) => opacity))),
        ]),
    chunk('IDAT', await compress(filtered(data, width * channels, height, channels))),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return new Uint8Array(Buffer.concat([SIGNATURE, ...chunks]));
}

/** Rows as PNG wants them: each begins with its filter, 1 for differences to the pixel before. */
function filtered(data: Uint8Array, row: number, height: number, channels: number): Uint8Array {
  const filter = channels === 1 ? 0 : 1;
  const rows = new Uint8Array((row + 1) * height);
  for (let y = 0; y < height; y++) {
    const [from, to] = [y * row, y * (row + 1)];
    rows[to] = filter;
    for (let x = 0; x < row; x++) {
      const before = filter === 1 && x >= channels ? (data[from + x - channels] ?? 0) : 0;
      rows[to + 1 + x] = (data[from + x] ?? 0) - before;
    }
  }
  return rows;
}

function chunk(type: string, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}
