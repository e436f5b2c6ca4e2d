import { MintError } from '@mint/internal';
import { mapLimited } from '../concurrency.js';
import { decodeMask } from '../decode/mask.js';
import type { Described } from './describe.js';
import { type Placed, pairMasks } from './masks.js';

const READ_AT_ONCE = 8;

/**
 * Whether the masks of images mark something, for images whose folders say neither good nor anomalous (`images/1.png` and
 * `masks/1.png`). Only these masks are opened.
 *
 * @param read - Reads a file.
 */
export async function markedByMasks(
  images: readonly Described[],
  masks: readonly Described[],
  read: (path: string) => Promise<Uint8Array>,
): Promise<ReadonlyMap<string, boolean>> {
  const unlabelled = images.filter(
    ({ label, parts }) => label === undefined && !parts.some(({ meaning }) => meaning.kind),
  );
  if (unlabelled.length === 0 || masks.length === 0) return new Map();
  const provisional = unlabelled.map(
    (file): Placed => ({
      id: file.path,
      className: '',
      label: 'anomalous',
      imagePath: file.path,
      file,
    }),
  );
  const { samples } = pairMasks(provisional, masks, () => '');
  const marked = new Map<string, boolean>();
  await mapLimited(samples, READ_AT_ONCE, async ({ imagePath, maskPath = [] }) => {
    const paths = typeof maskPath === 'string' ? [maskPath] : maskPath;
    if (paths.length === 0) return;
    const states = await Promise.all(paths.map((path) => marksIn(path, read)));
    // A mask that cannot be read is reported when it is needed.
    if (states.includes(true)) marked.set(imagePath, true);
    else if (!states.includes(undefined)) marked.set(imagePath, false);
  });
  return marked;
}

async function marksIn(
  path: string,
  read: (path: string) => Promise<Uint8Array>,
): Promise<boolean | undefined> {
  try {
    return (await decodeMask(await read(path), path)).data.includes(1);
  } catch (error) {
    if (MintError.isInstance(error)) return undefined;
    throw error;
  }
}
