export interface Bmp {
  width: number;
  height: number;
  bits: number;
  /** Value of the pixel at (x, y): an index, or 0xRRGGBB. */
  pixel: (x: number, y: number) => number;
  palette?: number[];
  topDown?: boolean;
  compression?: number;
}

/** A BMP file written the plain way, from the format's description. */
export function bmp({
  width,
  height,
  bits,
  pixel,
  palette = [],
  topDown = false,
  compression = 0,
}: Bmp): Buffer {
  const stride = Math.ceil((bits * width) / 32) * 4;
  const start = 54 + 4 * palette.length;
  const file = Buffer.alloc(start + stride * height);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(topDown ? -height : height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  file.writeUInt32LE(compression, 30);
  file.writeUInt32LE(palette.length, 46);
  palette.forEach((colour, i) => {
    file.writeUInt32LE(colour, 54 + 4 * i);
  });
  for (let y = 0; y < height; y++) {
    const row = start + stride * (topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      const value = pixel(x, y);
      if (bits === 24) file.writeUIntLE(value, row + 3 * x, 3);
      else if (bits === 32) file.writeUInt32LE(value, row + 4 * x);
      else {
        const at = row + Math.floor((x * bits) / 8);
        file[at] = (file[at] ?? 0) | (value << (8 - bits - ((x * bits) % 8)));
      }
    }
  }
  return file;
}
