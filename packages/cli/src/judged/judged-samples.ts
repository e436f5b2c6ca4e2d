import { join } from 'node:path';
import type { Dataset, Sample } from '@mint/data';
import { shortHash } from '@mint/detector';
import type { History } from '@mint/history';
import { readFileOf, sha256, writeFileAtomic } from '@mint/internal/node';
import { z } from 'zod';
import { type JudgedGood, judgedGood, type LeftOut, leaveOut } from './judged-images.js';

const MAX_BYTES = 500_000_000;

/** Where images come from that have no file of their own any more. */
export interface KeptImages {
  /** Folder that the images kept in the record are written to, as `<SHA-256 of the original>.png`. */
  readonly folder: string;
  /** A kept image is small: one with a longer side below this, in pixels, is not used. */
  readonly leastSide: number;
}

/** A data set with recorded images. */
export interface WithJudged {
  readonly dataset: Dataset;
  /** SHA-256 of the originals of those that come from the record: the model knows them, though it has never seen their files. */
  readonly originals: readonly string[];
}

/**
 * A data set with the recorded images that people judged good, as training images of the classes they were recognised as. An image
 * is used if its file still lies where it was scored and has the content that was judged, or else if the record keeps a small image
 * of the whole of it; none that the data set has, so none of its test images.
 *
 * @param left - Gets what is left out.
 */
export async function withJudged(
  dataset: Dataset,
  history: Pick<History, 'all' | 'images'>,
  kept: KeptImages,
  left: LeftOut,
): Promise<WithJudged> {
  const known = { fit: await hashesOf(dataset, 'train'), heldOut: [], test: await hashesOf(dataset, 'test') };
  const more: Sample[] = [];
  const originals: string[] = [];
  for await (const judged of judgedGood(history, dataset.classes, known, left)) {
    const { id, source, imageHash, className } = judged;
    const isThere = (await hashOf(source)) === imageHash;
    const imagePath = isThere ? source : await keptFile(judged, history, kept, left);
    if (imagePath === undefined) continue;
    if (!isThere) originals.push(imageHash);
    more.push({
      id: `${className}/judged/${id}`,
      className,
      classIndex: dataset.classes.indexOf(className),
      split: 'train',
      label: 'normal',
      imagePath,
    });
  }
  return { dataset: { ...dataset, samples: [...dataset.samples, ...more] }, originals };
}

/** Other programs may have written it. */
const FRAME = z.object({ frame: z.tuple([z.number(), z.number()], z.number()) });

/** Writes the image that is kept beside a decision to a file; undefined, and counted, where there is none that can be used. */
async function keptFile(
  { id, imageHash, details }: JudgedGood,
  history: Pick<History, 'images'>,
  { folder, leastSide }: KeptImages,
  left: LeftOut,
): Promise<string | undefined> {
  const images = await history.images(id);
  const kept = images.find(({ kind, type }) => kind === 'thumbnail' && type === 'image/png');
  if (kept === undefined) {
    leaveOut(
      left,
      'whose file is not there any more, or has changed, and of which the record keeps no image',
    );
    return undefined;
  }
  const [left_, top] = FRAME.safeParse(details).data?.frame ?? [0, 0];
  if (longSideOf(kept.bytes) < leastSide || left_ > 0 || top > 0) {
    leaveOut(left, 'whose file is not there any more, and whose kept image is too small or shows a part');
    return undefined;
  }
  const path = join(folder, `${imageHash}.png`);
  await writeFileAtomic(path, kept.bytes);
  return path;
}

/** Longer side of a PNG image in pixels, by its header; 0 for other bytes. */
function longSideOf(png: Uint8Array): number {
  if (png.length < 24) return 0;
  const header = new DataView(png.buffer, png.byteOffset);
  return Math.max(header.getUint32(16), header.getUint32(20));
}

/** Hashes of a data set's files; images that are part of a file, or are made, have none. */
async function hashesOf({ samples }: Dataset, split: 'train' | 'test'): Promise<string[]> {
  const hashes: string[] = [];
  for (const { imagePath, byteRange, source, ...sample } of samples) {
    if ((sample.split === 'test') !== (split === 'test')) continue;
    if (imagePath === undefined || byteRange !== undefined || source !== undefined) continue;
    const hash = await hashOf(imagePath);
    if (hash !== undefined) hashes.push(shortHash(hash));
  }
  return hashes;
}

const hashOf = (path: string): Promise<string | undefined> =>
  readFileOf('image', path, MAX_BYTES).then(sha256, () => undefined);
