import { MintError } from '@mint/internal';
import { modelIdOf } from '../../../scoring/model-id.js';
import type { Engine, EngineState, ReadImage, Upload } from '../scoring/engine.js';
import type { ReadOptions } from '../scoring/read-upload.js';
import { putEventLoopFirst } from './priority.js';
import type { ScoreAnswer, ScoreCall, ScoreSettings } from './score.js';
import { createThread, type Thread } from './thread.js';

/** Threads that decode images: each takes the memory of one image. */
export const READERS = 2;

/** Megabytes of JavaScript objects in a thread that reads; pixels are not among them. */
export const READER_HEAP = 128;

/** Options of {@link startThreads}. */
export interface ThreadedOptions extends ScoreSettings {
  readonly maxPixels: number;
  /** How the model is called in a folder of models. Default: by its hash. */
  readonly named?: { readonly name: string; readonly version: string } | undefined;
  readonly say: (text: string) => void;
}

/**
 * An engine whose work runs in threads: {@link READERS} that decode and prepare images, and one that scores. The calling thread
 * only passes memory on. A thread that ends is started again by the next call.
 *
 * @throws MintError when the device or the model does not work.
 */
export async function startThreads({ maxPixels, say, named, ...settings }: ThreadedOptions): Promise<Engine> {
  const { model, device, threads, batchSize } = settings;
  const data: ScoreSettings = { model, device, threads, batchSize };
  const identify = () => modelIdOf(model, named);
  const id = await identify();
  const scorer = createThread<ScoreCall, ScoreAnswer>('score', { data, say });
  const started = await scorer.call('test').catch(async (error) => {
    await scorer.close();
    throw error;
  });
  if (!('facts' in started)) throw unexpected();
  await putEventLoopFirst();
  const options: ReadOptions = { preprocessing: started.preprocessing, maxPixels };
  const limits = { maxOldGenerationSizeMb: READER_HEAP };
  const readers = Array.from({ length: READERS }, () =>
    createThread<Upload, ReadImage>('read', { data: options, limits, say }),
  );
  return {
    model: { ...started.facts, id },
    identify,
    read: takingTurns(readers),
    async score(tasks) {
      const answer = await scorer.call(
        { tasks },
        tasks.map(({ image }) => image.image.data.buffer as ArrayBuffer),
      );
      if (!('outcomes' in answer)) throw unexpected();
      return [...answer.outcomes];
    },
    async selfTest() {
      await scorer.call('test');
    },
    state: async () => stateIn(await scorer.call('state')),
    setLimit: async (limit) => stateIn(await scorer.call({ limit })),
    async close() {
      await Promise.all([scorer, ...readers].map(({ close }) => close()));
    },
  };
}

/** Gives each image to the thread with the least to do. */
function takingTurns(readers: readonly Thread<Upload, ReadImage>[]): Engine['read'] {
  const busy = readers.map((thread) => ({ thread, images: 0 }));
  return async (upload) => {
    const [reader] = busy.toSorted((a, b) => a.images - b.images);
    if (reader === undefined) throw unexpected();
    reader.images += 1;
    try {
      return await reader.thread.call(upload, [upload.bytes.buffer]);
    } finally {
      reader.images -= 1;
    }
  };
}

function stateIn(answer: ScoreAnswer): EngineState {
  if (!('state' in answer)) throw unexpected();
  return answer.state;
}

const unexpected = () => new MintError('COMPUTE_FAILED', 'a thread of the server gave no answer.');
