import type { MintDetector, PredictedImage } from '@mint/detector';
import { MintError, oneLine } from '@mint/internal';
import { createQueue } from '../../scoring/queue.js';
import { type ImageFile, readImages } from '../../scoring/read-images.js';
import { scoreImages } from '../../scoring/score-images.js';

interface Job {
  readonly file: ImageFile;
  readonly signal: AbortSignal;
  readonly resolve: (scored: PredictedImage) => void;
  readonly reject: (error: unknown) => void;
}

export interface Scorer {
  /**
   * Scores an image when its turn comes, together with other waiting images.
   *
   * @param signal - Aborts when nobody wants the answer any more: if the image still waits, it is dropped.
   * @throws MintError about the image; the signal's reason.
   */
  readonly score: (file: ImageFile, signal: AbortSignal) => Promise<PredictedImage>;
  /** Number of waiting images. */
  readonly waiting: () => number;
  /** Whether the last batch could be computed. */
  readonly healthy: () => boolean;
  /** Scores the waiting images and ends. */
  readonly close: () => Promise<void>;
}

export interface ScorerOptions {
  readonly batchSize: number;
  /** As for `decodeImage`. */
  readonly maxPixels: number;
  /** Called for each batch with the number of images, and the seconds from decoding to scores. */
  readonly onBatch?: ((images: number, seconds: number) => void) | undefined;
}

/**
 * Scores images from many requests in batches, one batch at a time. Of waiting images only the files are kept. The next batch
 * is decoded while one is computed, so the decoded images of at most two batches are in memory.
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
    // No error may end the server.
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
      // Runs beside it: takes a full batch at once, or fewer images when this one is done.
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
