import { MintError, Random } from '@mint/internal';
import sharp from 'sharp';
import { decodeImage, decodeMask, type RgbImage } from '../index.js';
import { bmp } from './bmp.js';

const [WIDTH, HEIGHT] = [61, 47];
/** Small, so that a header of absurd size is refused and not tried. */
const LIMITS = { maxPixels: 1_000_000 };
const DRAFT = { width: 16, height: 12, filter: 'bilinear', jpegDraft: true } as const;
/** Milliseconds; a decode takes about one. */
const HANG = 20_000;

/** Noise with structure: every row and block differs, so a part that was not decoded shows. */
const pixel = (x: number, y: number, c: number) => (x * 7 + y * 13 + c * 51 + ((x * y) % 31) * 5) & 255;

/** Real files of every format, made here. */
async function seedFiles(): Promise<Record<string, Buffer>> {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) =>
    pixel(Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH), i % 3),
  );
  const base = () => sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
  const colour = (x: number, y: number) => (pixel(x, y, 0) << 16) | (pixel(x, y, 1) << 8) | pixel(x, y, 2);
  const palette = Array.from({ length: 256 }, (_, i) => i * 0x010101);
  return {
    png: await base().png().toBuffer(),
    'png palette': await base().png({ palette: true }).toBuffer(),
    'png gray 16': await base().toColourspace('grey16').png().toBuffer(),
    'png alpha': await base().ensureAlpha(0.5).png().toBuffer(),
    jpeg: await base().jpeg().toBuffer(),
    'jpeg progressive': await base().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
    'jpeg gray': await base().toColourspace('b-w').jpeg({ quality: 95 }).toBuffer(),
    webp: await base().webp().toBuffer(),
    'webp lossless': await base().webp({ lossless: true }).toBuffer(),
    tiff: await base().tiff({ compression: 'none' }).toBuffer(),
    'tiff lzw': await base().tiff({ compression: 'lzw' }).toBuffer(),
    'tiff deflate tiles': await base().tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
    'tiff jpeg': await base().tiff({ compression: 'jpeg' }).toBuffer(),
    'bmp 24': bmp({ width: WIDTH, height: HEIGHT, bits: 24, pixel: colour }),
    'bmp 8': bmp({ width: WIDTH, height: HEIGHT, bits: 8, palette, pixel: (x, y) => pixel(x, y, 0) }),
  };
}

const MUTATIONS = ['cut', 'bit', 'bytes', 'header', 'zeros', 'remove', 'repeat'] as const;
type Mutation = (typeof MUTATIONS)[number];

function mutate(file: Buffer, random: Random, how: Mutation): Buffer {
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

export interface FuzzResult {
  readonly runs: number;
  /** Damaged files that were refused, and those that gave a whole image. */
  readonly refused: number;
  readonly decoded: number;
  /** What must not happen, one line each. */
  readonly failures: readonly string[];
}

/**
 * Decodes damaged files. Every one must end soon, in a whole image or in an error that names it. A cut file gives the whole
 * image or an error, and so does any damage to a PNG, which has checksums; no image has a lower part of one colour.
 */
export async function fuzzDecoding(runs: number, seed: number): Promise<FuzzResult> {
  const files = Object.entries(await seedFiles());
  const whole = new Map<string, RgbImage>();
  for (const [name, file] of files) whole.set(name, await decodeImage(file, name));
  const random = new Random(seed);
  const failures: string[] = [];
  let refused = 0;
  for (let run = 0; run < runs; run++) {
    const [name, file] = files[run % files.length] ?? ['', Buffer.alloc(0)];
    const how = MUTATIONS[random.int(MUTATIONS.length)] ?? 'bit';
    const bytes = mutate(file, random, how);
    const draftFor = name.startsWith('jpeg') && random.int(2) === 0 ? DRAFT : undefined;
    const fail = (what: string) => failures.push(`run ${run}, ${name}, ${how}: ${what}`);
    try {
      const image = await soon(decodeImage(bytes, 'file', { ...LIMITS, ...(draftFor && { draftFor }) }));
      const original = whole.get(name);
      if (image.data.length !== image.width * image.height * 3) fail('pixels are missing');
      const exact = (how === 'cut' && draftFor === undefined) || (name.startsWith('png') && !bytes.equals(file));
      if (exact && original && Buffer.compare(image.data, original.data) !== 0) fail('another image');
      if (flatRows(image) > Math.max(2, image.height / 4)) fail(`${flatRows(image)} of ${image.height} lower rows are flat`);
    } catch (error) {
      refused += 1;
      if (!MintError.isInstance(error)) fail(`no MintError: ${String(error)}`);
      else if (!['UNREADABLE_IMAGE', 'IMAGE_TOO_LARGE'].includes(error.code)) fail(error.code);
      else if (!error.message.startsWith('file: ')) fail(`the file is not named: ${error.message}`);
    }
    if (run % 5 === 0) {
      await soon(decodeMask(bytes, 'mask', LIMITS)).catch((error) => {
        if (!MintError.isInstance(error)) fail(`mask: no MintError: ${String(error)}`);
      });
    }
  }
  return { runs, refused, decoded: runs - refused, failures };
}

/** Rows at the lower end that are one colour each: what a decoder leaves of data it did not get. */
function flatRows({ width, height, data }: RgbImage): number {
  let flat = 0;
  for (let y = height - 1; y >= 0; y--, flat++) {
    const row = data.subarray(3 * width * y, 3 * width * (y + 1));
    if (row.some((value, i) => value !== row[i % 3])) break;
  }
  return width < 4 ? 0 : flat;
}

function soon<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it hangs')), HANG);
  });
  return Promise.race([work, hang]).finally(() => clearTimeout(timer));
}
