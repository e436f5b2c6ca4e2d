import { Worker } from 'node:worker_threads';
import type { Preprocessing } from '@mint/image';
import { MintError, type MintErrorCode } from '@mint/internal';
import type { Sample } from '../types.js';
import { type LoadedSample, loadSample } from './load-sample.js';

export interface Task {
  readonly id: number;
  readonly sample: Sample;
  readonly preprocessing: Preprocessing;
}

export type Answer =
  | { readonly id: number; readonly loaded: Omit<LoadedSample, 'sample'> }
  | { readonly id: number; readonly message: string; readonly code?: MintErrorCode };

type Load = (sample: Sample, preprocessing: Preprocessing) => Promise<LoadedSample>;

export interface ImagePool {
  /** {@link loadSample} on a worker thread. */
  readonly load: Load;
  /** Ends the threads; tasks under way fail. */
  readonly close: () => Promise<void>;
}

/**
 * Worker threads that load images. They keep the process alive only while they have work. Rendered samples and samples of a
 * remote store are loaded in the calling thread, and so is everything when threads cannot start (a bundler left out their file,
 * or TypeScript sources run without a loader).
 */
export function openImagePool(threads: number): ImagePool {
  const workers = Array.from({ length: threads }, startWorker);
  return {
    async load(sample, preprocessing) {
      const { render, source, ...plain } = sample;
      if (render !== undefined || source !== undefined) return loadSample(sample, preprocessing);
      const [free] = workers.toSorted((a, b) => a.busy() - b.busy());
      const loaded = await free?.load(plain, preprocessing);
      return loaded === undefined ? loadSample(sample, preprocessing) : { ...loaded, sample };
    },
    async close() {
      await Promise.all(workers.map(({ close }) => close()));
    },
  };
}

interface Pending {
  readonly resolve: (loaded: Omit<LoadedSample, 'sample'>) => void;
  readonly reject: (error: unknown) => void;
}

function startWorker() {
  const file = import.meta.url.endsWith('.ts') ? '../image-worker.ts' : './image-worker.js';
  const worker = new Worker(new URL(file, import.meta.url));
  const tasks = new Map<number, Pending>();
  let [next, busy] = [0, 0];
  const started = new Promise<boolean>((resolve) => {
    worker.once('message', () => resolve(true));
    worker.once('error', () => resolve(false));
    worker.once('exit', () => resolve(false));
  });
  worker.on('message', (answer: Answer | 'ready') => {
    if (answer === 'ready') return;
    const task = tasks.get(answer.id);
    tasks.delete(answer.id);
    if ('loaded' in answer) task?.resolve(answer.loaded);
    else if (answer.code === undefined) task?.reject(new Error(answer.message));
    else task?.reject(new MintError(answer.code, answer.message));
  });
  const fail = (error: unknown) => {
    for (const { reject } of tasks.values()) reject(error);
    tasks.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new MintError('UNAVAILABLE', 'a thread that loads images has ended early.')));
  worker.unref();
  return {
    busy: () => busy,
    /** Undefined when the thread could not start. */
    async load(sample: Sample, preprocessing: Preprocessing) {
      busy += 1;
      worker.ref();
      try {
        if (!(await started)) return undefined;
        return await new Promise<Omit<LoadedSample, 'sample'>>((resolve, reject) => {
          tasks.set(next, { resolve, reject });
          worker.postMessage({ id: next, sample, preprocessing } satisfies Task);
          next += 1;
        });
      } finally {
        busy -= 1;
        if (busy === 0) worker.unref();
      }
    },
    async close() {
      await worker.terminate();
    },
  };
}
