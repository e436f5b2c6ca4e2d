import { parentPort } from 'node:worker_threads';
import { MintError } from '@mint/internal';
import type { Answer, Task } from './batches/image-pool.js';
import { loadSample } from './batches/load-sample.js';

/** What a worker thread of the image pool runs: images in, preprocessed pixels out, moved and not copied. */
parentPort?.on('message', async ({ id, sample, preprocessing }: Task) => {
  parentPort?.postMessage(...(await answerOf(id, sample, preprocessing)));
});
parentPort?.postMessage('ready');

async function answerOf(
  id: number,
  sample: Task['sample'],
  preprocessing: Task['preprocessing'],
): Promise<[Answer, ArrayBuffer[]]> {
  try {
    const { sample: _, ...loaded } = await loadSample(sample, preprocessing);
    // A decoder's own memory cannot be moved: an image that was not resized is copied.
    const image = { ...loaded.image, data: new Uint8Array(loaded.image.data) };
    const mask = loaded.mask && { ...loaded.mask, data: new Uint8Array(loaded.mask.data) };
    const moved = [image.data.buffer, ...(mask === undefined ? [] : [mask.data.buffer])];
    return [{ id, loaded: { ...loaded, image, mask } }, moved];
  } catch (error) {
    // Errors lose their class on the way.
    if (MintError.isInstance(error)) return [{ id, code: error.code, message: error.message }, []];
    return [{ id, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }, []];
  }
}
