import type { Size } from '@mint/image';
import { MintError } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import { inspectImage } from '../decode/inspect.js';
import { hasMask, readMask } from '../masks/read-mask.js';
import { maskPathsOf, readImageFile } from '../sources/read.js';
import type { Sample } from '../types.js';
import { fingerprintOf } from './near-duplicates.js';
import type { Seen } from './seen.js';
import { statisticsOf } from './statistics.js';

/** Opens the image and masks of a sample. */
export async function look(sample: Sample): Promise<Seen> {
  const read = await attempt(() => inspectSample(sample));
  if ('error' in read) return { sample, oddities: [], mask: 'none', unreadable: read.error.message };
  const { image, hash, mode, oddities } = read.value;
  const size = `${image.width}x${image.height}`;
  const fingerprint = fingerprintOf(image);
  const seen = { sample, hash, size, mode, oddities, fingerprint, ...statisticsOf(image) };
  return { ...seen, ...(await lookAtMask(sample, image)) };
}

/** Masks whose edge is marked almost everywhere, or that mark almost everything, may be inverted. */
const EDGE_SHARE = 0.9;
const MOST = 0.9;

/** Opens the masks of a sample with an image of this size. */
async function lookAtMask(sample: Sample, image: Size): Promise<Pick<Seen, 'mask' | 'maskTrouble'>> {
  if (!hasMask(sample)) return { mask: 'none' };
  const read = await attempt(() => readMask(sample, image));
  if ('error' in read) return { mask: 'unreadable', maskTrouble: read.error.message };
  if (read.value === undefined) return { mask: 'none' };
  const { width, height, data } = read.value;
  const size = `${width}x${height}`;
  const place = maskPathsOf(sample).join(', ') || sample.id;
  if (width !== image.width || height !== image.height)
    return { mask: 'other size', maskTrouble: `${place}: ${size}, its image ${image.width}x${image.height}` };
  const share = data.reduce((total, bit) => total + bit, 0) / data.length;
  if (share === 0) return { mask: 'empty' };
  const shown = `${place}: ${Math.round(1000 * share) / 10} % marked`;
  const isInverted = share > MOST || (share > 0.5 && edgeShare(data, image) > EDGE_SHARE);
  return { mask: isInverted ? 'full' : 'fine', maskTrouble: shown };
}

function edgeShare(data: Uint8Array, { width, height }: Size): number {
  let [marked, total] = [0, 0];
  data.forEach((bit, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1) return;
    total += 1;
    marked += bit;
  });
  return marked / total;
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
