import type { MintDetector } from '@mint/detector';
import { MintError, oneLine } from '@mint/internal';
import type { PredictedImage } from '@mint/trainer';
import { createQueue } from '../../scoring/queue.js';
import { type ImageFile, readImages, scoreImages } from '../../scoring/scoring.js';

interface Job {
  readonly file: ImageFile;
  readonly signal: AbortSignal;
  readonly resolve: (scored: PredictedImage) => void;
  readonly reject: (error: unknown) => void;
}

export interface Scorer {
  /**
   * Scores an image when it is its turn, together with others that wait.
   *
   * @param signal - The answer is not wanted any more: if the image still waits, it is dropped.
   * @throws MintError about the image; the signal's reason.
   */
  readonly score: (file: ImageFile, signal: AbortSignal) => Promise<PredictedImage>;
  /** Images that wait. */
  readonly waiting: () => number;
  /** Whether the last batch was computed. */
  readonly healthy: () => boolean;
  /** Scores what waits and ends. */
  readonly close: () => Promise<void>;
}

export interface ScorerOptions {
  readonly batchSize: number;
  /** As for `decodeImage`. */
  readonly maxPixels: number;
  /** Told of each batch: images, and seconds from its decoding to its scores. */
  readonly onBatch?: (images: number, seconds: number) => void;
}

/**
 * Images from many requests, in batches, one batch at a time. Only the files of waiting images are kept; the next batch is
 * decoded while one is computed, so that memory for decoded images is that of two batches.
 */
export function createScorer(
  detector: MintDetector,
  { batchSize, maxPixels, onBatch }: ScorerOptions,
): Scorer {
  const queue = createQueue<Job>();
  let healthy = true;
  const read = async (busy?: Promise<void>) => {
    const jobs = (await queue.take(batchSize, busy))?.filter(({ signal }) => !signal.aborted);
    if (jobs === undefined) return undefined;
    const began = performance.now();
    const files = jobs.map(({ file }) => file);
    // Whatever it is, it must not end the server.
    const images = await readImages(files, detector, { maxPixels }).catch((error) =>
      jobs.map(() => new MintError('COMPUTE_FAILED', `reading failed: ${oneLine(error)}.`, { cause: error })),
    );
    return { jobs, images, began };
  };
  const compute = async ({ jobs, images, began }: NonNullable<Awaited<ReturnType<typeof read>>>) => {
    try {
      const given = jobs.map(({ file }) => file.className);
      const scored = await scoreImages(detector, images, batchSize, given);
      for (const [i, job] of jobs.entries()) {
        const result = scored[i] as PredictedImage | MintError;
        if (MintError.isInstance(result)) job.reject(result);
        else job.resolve(result);
      }
      healthy = true;
    } catch (error) {
      healthy = false;
      for (const { reject } of jobs) reject(error);
    }
    onBatch?.(jobs.length, (performance.now() - began) / 1000);
  };
  const work = async () => {
    let reading = read();
    for (let batch = await reading; batch !== undefined; batch = await reading) {
      const computing = compute(batch);
      // Beside it: a full batch at once, fewer when this one is done.
      reading = read(computing);
      await computing;
    }
  };
  const done = work();
  return {
    score: (file, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        queue.push({ file, signal, resolve, reject });
      }),
    waiting: queue.size,
    healthy: () => healthy,
    async close() {
      queue.end();
      await done;
    },
  };
}
