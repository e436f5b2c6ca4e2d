import { MintError, oneLine } from '@mint/internal';
import { outOfService } from '../errors.js';
import type { Engine, Outcome, Question, ReadImage, ScoredImage, Upload } from './engine.js';

/** What {@link Station.score} finds out. */
export interface StationResult extends ScoredImage {
  /** SHA-256 of the file. */
  readonly imageHash: string;
}

/** Options of {@link Station}. */
export interface StationOptions {
  /** Images at once in the network. */
  readonly batchSize: number;
  /** Images being decoded at once. */
  readonly readers: number;
  /** Called for each batch with the number of images and the seconds it took. */
  readonly onBatch?: ((images: number, seconds: number) => void) | undefined;
  /** Gets what an operator should know. */
  readonly say: (text: string) => void;
  /** Milliseconds from a failed self-test to the next. @defaultValue 5000 */
  readonly retryAfter?: number | undefined;
}

interface Job {
  readonly upload: Upload;
  readonly question: Question;
  readonly signal: AbortSignal;
  readonly resolve: (scored: StationResult) => void;
  readonly reject: (error: unknown) => void;
}

interface ReadJob extends Job {
  readonly read: ReadImage;
}

/**
 * Scores images of many requests. There are two queues and two kinds of work: files are read, a few at a time, and images are
 * scored, one batch at a time. Read images wait for the network up to one batch (one image, if images are kept at their own size),
 * so the memory is bounded by the files that wait.
 *
 * After a failed computation, or a score that is not finite, the station is out of service until the engine's self-test has
 * passed. It runs at once and then every few seconds: whether it is in service does not depend on traffic.
 */
export class Station {
  readonly #engine: Engine;
  readonly #options: StationOptions;
  /** Images at once in the network, and read images that wait for it. */
  readonly #together: number;
  readonly #files: Job[] = [];
  readonly #images: ReadJob[] = [];
  #reading = 0;
  #scoring = false;
  #service: 'in' | 'testing' | 'out' = 'in';
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #onIdle = () => {};

  constructor(engine: Engine, options: StationOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#together = engine.model.tiles ? 1 : options.batchSize;
  }

  /** Number of images that wait to be read or scored. */
  get waiting(): number {
    return this.#files.length + this.#images.length;
  }

  /** Whether images are scored. */
  get inService(): boolean {
    return this.#service === 'in';
  }

  /**
   * Scores an image when its turn comes, together with other waiting images. Settles when the station holds nothing of the
   * image any more: at once if it still waits when the signal aborts, else when the work on it has ended.
   *
   * @throws MintError about the image; the signal's reason.
   */
  async score(upload: Upload, question: Question, signal: AbortSignal): Promise<StationResult> {
    signal.throwIfAborted();
    if (this.#service === 'out') throw outOfService();
    return new Promise((resolve, reject) => {
      const drop = () => {
        if (remove(this.#files, upload) || remove(this.#images, upload)) reject(signal.reason);
      };
      signal.addEventListener('abort', drop, { once: true });
      this.#files.push({ upload, question, signal, resolve, reject });
      this.#pump();
    });
  }

  /** Scores the waiting images and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      this.#pump();
    });
  }

  /** Starts what can be started. */
  #pump(): void {
    if (this.#service === 'in') {
      if (!this.#scoring && this.#images.length > 0) void this.#score(this.#images.splice(0, this.#together));
      while (this.#reading < this.#options.readers && this.#images.length + this.#reading < this.#together) {
        const job = this.#files.shift();
        if (job === undefined) break;
        void this.#read(job);
      }
    }
    if (this.#reading === 0 && !this.#scoring && this.waiting === 0) this.#onIdle();
  }

  async #read(job: Job): Promise<void> {
    this.#reading += 1;
    try {
      const read = await this.#engine.read(job.upload);
      job.signal.throwIfAborted();
      if (this.#service === 'out') throw outOfService();
      this.#images.push({ ...job, read });
    } catch (error) {
      job.reject(error);
    } finally {
      this.#reading -= 1;
      this.#pump();
    }
  }

  async #score(jobs: readonly ReadJob[]): Promise<void> {
    this.#scoring = true;
    const began = performance.now();
    try {
      const outcomes = await this.#engine.score(
        jobs.map(({ upload, question, read }) => ({ ...question, name: upload.name, image: read.image })),
      );
      this.#options.onBatch?.(jobs.length, (performance.now() - began) / 1000);
      const broken = jobs.filter((job, i) => !settle(job, outcomes[i]));
      if (broken.length > 0) await this.#fail(broken.map(notFinite).join('; '));
    } catch (error) {
      const message = `computing failed: ${oneLine(error)}`;
      for (const { reject } of jobs) reject(new MintError('COMPUTE_FAILED', message, { cause: error }));
      await this.#fail(message);
    } finally {
      this.#scoring = false;
      this.#pump();
    }
  }

  async #fail(why: string): Promise<void> {
    this.#options.say(`out of service: ${why}; the self-test runs`);
    await this.#test();
  }

  async #test(): Promise<void> {
    const { say, retryAfter = 5000 } = this.#options;
    const again = this.#service === 'out';
    this.#service = 'testing';
    try {
      await this.#engine.selfTest();
      this.#service = 'in';
      say('in service again: the self-test has passed');
    } catch (error) {
      this.#service = 'out';
      if (!again) say(`the self-test has failed, and is repeated until it passes: ${oneLine(error)}`);
      for (const { reject } of [...this.#files.splice(0), ...this.#images.splice(0)]) reject(outOfService());
      if (!this.#closed)
        this.#retry = setTimeout(() => void this.#test().then(() => this.#pump()), retryAfter);
    }
  }
}

/** Takes an image out of a queue, if it is there. */
function remove(queue: Job[], upload: Upload): boolean {
  const index = queue.findIndex((job) => job.upload === upload);
  return index >= 0 && queue.splice(index, 1).length > 0;
}

/** Gives a job its outcome. False when the score is not finite. */
function settle(job: ReadJob, outcome: Outcome | undefined): boolean {
  if (outcome === undefined || 'notFinite' in outcome) {
    job.reject(new MintError('COMPUTE_FAILED', notFinite(job)));
    return false;
  }
  if ('code' in outcome) job.reject(new MintError(outcome.code, outcome.message));
  else job.resolve({ ...outcome, imageHash: job.read.hash });
  return true;
}

const notFinite = ({ read }: ReadJob): string =>
  `the score of the image with SHA-256 ${read.hash} is not finite`;
