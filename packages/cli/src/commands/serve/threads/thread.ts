import { type ResourceLimits, type Transferable, Worker, type WorkerOptions } from 'node:worker_threads';
import { MintError } from '@mint/internal';
import type { Call, Message } from './messages.js';

/** A worker thread that answers calls. */
export interface Thread<Task, Result> {
  /**
   * Has a task done. A thread that has ended, or has not started yet, is started.
   *
   * @param moved - Memory that goes with the task and is gone here.
   * @throws What the task throws; MintError `COMPUTE_FAILED` when the thread ends meanwhile.
   */
  readonly call: (task: Task, moved?: readonly Transferable[]) => Promise<Result>;
  /** Ends the thread; calls under way fail. */
  readonly close: () => Promise<void>;
}

/** Options of {@link createThread}. */
export interface ThreadOptions {
  /** What the thread finds as `workerData`. */
  readonly data?: unknown;
  /** Of its JavaScript objects; the memory of images is not part of it. */
  readonly limits?: ResourceLimits | undefined;
  /** Gets what the thread has to say to the operator. */
  readonly say: (text: string) => void;
}

interface Pending<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A thread that is started by its first call, and again by the first call after it has ended.
 *
 * @param name - Of the entry, such as `read`: `threads/read.ts`, and `serve-read.js` when built.
 */
export function createThread<Task, Result>(
  name: string,
  { data, limits, say }: ThreadOptions,
): Thread<Task, Result> {
  const tasks = new Map<number, Pending<Result>>();
  let worker: Worker | undefined;
  let next = 0;
  const end = (reason: string) => {
    worker = undefined;
    const error = new MintError('COMPUTE_FAILED', `the thread '${name}' of the server has ended: ${reason}.`);
    for (const { reject } of tasks.values()) reject(error);
    tasks.clear();
  };
  const start = () => {
    const started = startWorker(name, { workerData: data, resourceLimits: limits });
    let reason = 'without a reason';
    started.on('message', (message: Message<Result>) => {
      if ('say' in message) return say(message.say);
      const task = tasks.get(message.id);
      tasks.delete(message.id);
      if ('result' in message) task?.resolve(message.result);
      else if (message.code === undefined) task?.reject(new Error(message.message));
      else task?.reject(new MintError(message.code, message.message));
    });
    started.on('error', (error) => {
      reason = error.message;
    });
    started.on('exit', () => {
      if (worker === started) end(reason);
    });
    return started;
  };
  return {
    call: (task, moved = []) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        const id = next++;
        tasks.set(id, { resolve, reject });
        worker.postMessage({ id, task } satisfies Call<Task>, moved);
      }),
    async close() {
      const ending = worker;
      end('the server is closing');
      await ending?.terminate();
    },
  };
}

/** Starts the file of a thread; from TypeScript sources, which only developers run, with their loader. */
function startWorker(name: string, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL(`./serve-${name}.js`, import.meta.url), options);
  const file = new URL(`./${name}.ts`, import.meta.url).href;
  const source = `import('${import.meta.resolve('tsx/esm/api')}').then(({ register }) => (register(), import('${file}')))`;
  return new Worker(source, { ...options, eval: true, execArgv: ['--conditions=@mint/source'] });
}
