import { crc32, deflateSync } from 'node:zlib';

/** A chunk with its checksum. */
export function pngChunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(content.length);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

export interface PngParts {
  readonly width: number;
  readonly height: number;
  /** Of the header: bit depth, colour type, compression, filter, interlace. @defaultValue 8-bit RGB */
  readonly kind?: readonly number[];
  /** Rows, each behind the number of its filter. */
  readonly rows: Uint8Array;
  /** Compressed rows in place of those made here. */
  readonly stream?: Uint8Array;
  /** Chunks between header and pixels. */
  readonly extra?: readonly Uint8Array[];
}

/** A PNG file of these parts, its compressed rows in three chunks. */
export function pngFile({
  width,
  height,
  kind = [8, 2, 0, 0, 0],
  rows,
  extra = [],
  stream = deflateSync(rows),
}: PngParts) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set(kind, 8);
  const third = Math.ceil(stream.length / 3);
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    pngChunk('IHDR', header),
    ...extra,
    ...[0, 1, 2].map((i) => pngChunk('IDAT', stream.subarray(i * third, (i + 1) * third))),
    pngChunk('IEND', new Uint8Array()),
  ]);
}
