import { MintError } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import { inspectImage, type Oddity } from '../decode/inspect.js';
import { decodeMask } from '../decode/mask.js';
import { maskPathsOf, readImageFile, readMaskFile } from '../sources/read.js';
import type { Sample } from '../types.js';
import { fingerprintOf } from './near-duplicates.js';

/** What was seen of one sample. */
export interface Seen {
  readonly sample: Sample;
  readonly hash?: string | undefined;
  readonly size?: string | undefined;
  readonly mode?: string | undefined;
  readonly oddities: readonly Oddity[];
  readonly fingerprint?: Float32Array | undefined;
  readonly unreadable?: string | undefined;
  readonly mask: 'none' | 'fine' | 'empty' | 'other size' | 'unreadable';
  readonly maskTrouble?: string | undefined;
}

/** Opens the image and masks of a sample. */
export async function look(sample: Sample): Promise<Seen> {
  const read = await attempt(() => inspectSample(sample));
  if ('error' in read) return { sample, oddities: [], mask: 'none', unreadable: read.error.message };
  const { image, hash, mode, oddities } = read.value;
  const size = `${image.width}x${image.height}`;
  const fingerprint = fingerprintOf(image);
  return { sample, hash, size, mode, oddities, fingerprint, ...(await lookAtMasks(sample, size)) };
}

async function lookAtMasks(sample: Sample, imageSize: string): Promise<Pick<Seen, 'mask' | 'maskTrouble'>> {
  const paths = maskPathsOf(sample);
  let marked = false;
  for (const path of paths) {
    const mask = await attempt(async () => decodeMask(await readMaskFile(sample, path), path));
    if ('error' in mask) return { mask: 'unreadable', maskTrouble: mask.error.message };
    const { width, height, data } = mask.value;
    const size = `${width}x${height}`;
    if (size !== imageSize)
      return { mask: 'other size', maskTrouble: `${path}: ${size}, its image ${imageSize}` };
    marked ||= data.includes(1);
  }
  return { mask: paths.length === 0 ? 'none' : marked ? 'fine' : 'empty' };
}

async function inspectSample(sample: Sample) {
  const { id, imagePath, byteRange, render } = sample;
  if (imagePath === undefined) {
    if (render === undefined)
      throw new MintError('INVALID_ARGUMENT', `${id}: neither \`imagePath\` nor \`render\`.`);
    const { image } = render();
    return { image, hash: sha256(image.data), mode: 'made', oddities: [] };
  }
  const bytes = await readImageFile(sample, imagePath);
  const name = byteRange === undefined ? imagePath : id;
  return { ...(await inspectImage(bytes, name)), hash: sha256(bytes) };
}

async function attempt<T>(work: () => Promise<T>): Promise<{ value: T } | { error: MintError }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (MintError.isInstance(error)) return { error };
    throw error;
  }
}
