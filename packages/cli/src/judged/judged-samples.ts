import type { Dataset, Sample } from '@mint/data';
import { shortHash } from '@mint/detector';
import type { History } from '@mint/history';
import { readFileOf, sha256 } from '@mint/internal/node';
import { judgedGood, type LeftOut, leaveOut } from './judged-images.js';

const MAX_BYTES = 500_000_000;

/**
 * A data set with the recorded images that people judged good, as training images of the classes they were recognised as. An image
 * is used if its file still lies where it was scored and has the content that was judged; none that the data set has, so none of
 * its test images.
 *
 * @param left - Gets what is left out.
 */
export async function withJudged(
  dataset: Dataset,
  history: Pick<History, 'all'>,
  left: LeftOut,
): Promise<Dataset> {
  const known = { fit: await hashesOf(dataset, 'train'), heldOut: [], test: await hashesOf(dataset, 'test') };
  const more: Sample[] = [];
  for await (const { id, source, imageHash, className } of judgedGood(
    history,
    dataset.classes,
    known,
    left,
  )) {
    if ((await hashOf(source)) !== imageHash)
      leaveOut(left, 'whose file is not there any more, or has changed');
    else
      more.push({
        id: `${className}/judged/${id}`,
        className,
        classIndex: dataset.classes.indexOf(className),
        split: 'train',
        label: 'normal',
        imagePath: source,
      });
  }
  return { ...dataset, samples: [...dataset.samples, ...more] };
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
