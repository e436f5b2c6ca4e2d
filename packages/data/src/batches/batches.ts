import type { Mask, Preprocessing, Size, TileGrid } from '@mint/image';
import { assertInt, assertPositiveInt, deriveSeed, MintError } from '@mint/internal';
import { mapOrdered } from '../concurrency.js';
import type { Sample } from '../types.js';
import { type AugmentOptions, augment } from './augment.js';
import { openImagePool } from './image-pool.js';
import { type LoadedSample, loadSample } from './load-sample.js';
import { shuffledOrder } from './order.js';

/** Images of one step, made ready for the network. */
export interface ImageBatch {
  /** The samples of `images`, in order; B of them. */
  readonly samples: readonly Sample[];
  /** `[B, H, W, 3]` row-major, of the network's input size; with `grid`, one image at its own size. */
  readonly images: Uint8Array;
  /** One per sample, `[H, W]`; undefined where there is none. */
  readonly masks: readonly (Mask | undefined)[];
  /** `[B, H, W, 3]` of `images`. */
  readonly shape: readonly [number, number, number, 3];
  /** Size of each image before it was prepared. */
  readonly sizes: readonly Size[];
  /** `contentHash` of each sample; see {@link LoadedSample}. */
  readonly hashes: readonly string[];
  /** The batch is one large image, which the network gets in these tiles: `tiles` of {@link Preprocessing}. */
  readonly grid?: TileGrid | undefined;
}

/** Options of {@link batches}. */
export interface BatchOptions {
  /** Images per batch, B; the last batch may have fewer. */
  readonly batchSize: number;
  /** Turns each image into the network's input. */
  readonly preprocessing: Preprocessing;
  /** Shuffles by {@link shuffledOrder}. Default: the given order. */
  readonly seed?: number | undefined;
  /** Number of the epoch, which has its own order. @defaultValue 0 */
  readonly epoch?: number | undefined;
  /** Batches loaded ahead of the one in use, at least 1; with `tiles`, images. Bounds the memory. @defaultValue 2 */
  readonly prefetch?: number | undefined;
  /** Images loaded at the same time. @defaultValue 4, the size of Node's thread pool */
  readonly concurrency?: number | undefined;
  /**
   * Threads that decode and resize; they end with the loop. 0 decodes on Node's thread pool and resizes in the calling
   * thread, about 2 ms for an image of 1024 x 1024. @defaultValue 0
   */
  readonly workers?: number | undefined;
  /**
   * Random changes of images of the split `train`, drawn from `seed`, `epoch` and the sample's id. `hashes` stay those of the
   * files, so features of changed images must not be cached under them. Default: none.
   */
  readonly augment?: AugmentOptions | undefined;
  /** Called for each unreadable image, which is then left out. Default: its error is thrown. */
  readonly onError?: ((error: MintError, sample: Sample) => void) | undefined;
}

/**
 * Loads images as batches, in order and ahead of use: at most `prefetch · batchSize` images. Leaving the loop early starts no
 * further image. The result can be iterated again.
 *
 * @throws MintError `INVALID_ARGUMENT` at once for an option out of range; while iterating, as {@link loadSample}, at the
 * image's place in the order and unless `onError` is given.
 *
 * @example
 * ```ts
 * import { batches, proceduralDataset } from '@mint/data';
 *
 * const { samples } = proceduralDataset({ trainPerClass: 1, testGoodPerClass: 0, defectsPerClass: 1, size: 64 });
 * const preprocessing = { width: 32, height: 32, filter: 'bilinear' } as const;
 * for await (const { shape, masks, hashes } of batches(samples, { batchSize: 16, preprocessing, seed: 0 })) {
 *   console.log(shape, masks.filter((mask) => mask !== undefined).length, hashes.length);
 * }
 * // [ 16, 32, 32, 3 ] 14 16
 * // [ 4, 32, 32, 3 ] 2 4
 * ```
 */
export function batches(samples: readonly Sample[], options: BatchOptions): AsyncIterable<ImageBatch> {
  const { batchSize, seed, epoch = 0, prefetch = 2, concurrency = 4, workers = 0 } = options;
  assertPositiveInt('batches', 'batchSize', batchSize);
  assertPositiveInt('batches', 'prefetch', prefetch);
  assertPositiveInt('batches', 'concurrency', concurrency);
  assertPositiveInt('batches', 'preprocessing.width', options.preprocessing.width);
  assertPositiveInt('batches', 'preprocessing.height', options.preprocessing.height);
  assertInt('batches', 'epoch', epoch, 0);
  assertInt('batches', 'workers', workers, 0);
  const ordered =
    seed === undefined
      ? samples
      : shuffledOrder(samples.length, seed, epoch).map((i) => samples[i] as Sample);
  const ahead = options.preprocessing.tiles === undefined ? prefetch * batchSize : prefetch;
  return {
    [Symbol.asyncIterator]: () => generate(ordered, options, ahead, concurrency),
  };
}

async function* generate(
  samples: readonly Sample[],
  { batchSize, preprocessing, seed = 0, epoch = 0, workers = 0, augment: changes, onError }: BatchOptions,
  ahead: number,
  concurrency: number,
): AsyncGenerator<ImageBatch> {
  const pool = workers === 0 ? undefined : openImagePool(workers);
  const load = async (sample: Sample): Promise<LoadedSample | undefined> => {
    try {
      const loaded = await (pool?.load ?? loadSample)(sample, preprocessing);
      if (changes === undefined || sample.split !== 'train') return loaded;
      return { ...loaded, ...augment(loaded, changes, deriveSeed(seed, 'augment', epoch, sample.id)) };
    } catch (error) {
      if (onError === undefined || !MintError.isInstance(error)) throw error;
      onError(error, sample);
      return undefined;
    }
  };
  let batch: LoadedSample[] = [];
  try {
    for await (const loaded of mapOrdered(samples, load, ahead, concurrency)) {
      if (loaded === undefined) continue;
      if (loaded.grid !== undefined) {
        if (batch.length > 0) yield collate(batch, preprocessing);
        batch = [];
        yield largeImage(loaded, loaded.grid);
        continue;
      }
      batch.push(loaded);
      if (batch.length === batchSize) {
        yield collate(batch, preprocessing);
        batch = [];
      }
    }
    if (batch.length > 0) yield collate(batch, preprocessing);
  } finally {
    await pool?.close();
  }
}

function collate(loaded: readonly LoadedSample[], { width, height }: Preprocessing): ImageBatch {
  const size = height * width * 3;
  const images = new Uint8Array(loaded.length * size);
  loaded.forEach(({ image }, i) => {
    images.set(image.data, i * size);
  });
  return {
    samples: loaded.map(({ sample }) => sample),
    images,
    masks: loaded.map(({ mask }) => mask),
    shape: [loaded.length, height, width, 3],
    sizes: loaded.map(({ size }) => size),
    hashes: loaded.map(({ contentHash }) => contentHash),
  };
}

/** A batch of one image in tiles. */
function largeImage({ sample, image, mask, size, contentHash }: LoadedSample, grid: TileGrid): ImageBatch {
  const { width, height, data } = image;
  return {
    samples: [sample],
    images: data,
    masks: [mask],
    shape: [1, height, width, 3],
    sizes: [size],
    hashes: [contentHash],
    grid,
  };
}
