import { MintError, Random } from '@mint/internal';
import { imageFiles, mutateImage } from '@mint/test-utils/image-files';
import { decodeImage, decodeMask, type RgbImage } from '../index.js';

/** Small, so that a header of absurd size is refused and not tried. */
const LIMITS = { maxPixels: 1_000_000 };
const DRAFT = { width: 16, height: 12, filter: 'bilinear', jpegDraft: true } as const;
/** Milliseconds; a decode takes about one. */
const HANG = 20_000;

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
  const files = Object.entries(await imageFiles());
  const whole = new Map<string, RgbImage>();
  for (const [name, file] of files) whole.set(name, await decodeImage(file, name));
  const random = new Random(seed);
  const failures: string[] = [];
  let refused = 0;
  for (let run = 0; run < runs; run++) {
    const [name, file] = files[run % files.length] ?? ['', Buffer.alloc(0)];
    const { how, bytes } = mutateImage(file, random);
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
