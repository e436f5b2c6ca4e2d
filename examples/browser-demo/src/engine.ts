import type { AboutModel, Answer, Request, ScoreRequest, Shown } from './protocol.js';
import workerUrl from './worker.ts?worker&url';

/** What happens while a model is loaded. */
export interface LoadHooks {
  /** With the bytes so far and, where it is known, their number. */
  readonly onBytes: (bytes: number, total: number | undefined) => void;
  /** The model is there, and the fastest device is looked for. */
  readonly onTrying: () => void;
}

/** The worker that scores. Requests are answered in their order. */
export class Engine {
  readonly #worker: Worker;
  /** Who waits for an answer, the first in front. */
  readonly #waiting: ((answer: Answer) => void)[] = [];

  constructor() {
    // A worker from a blob keeps the page's security policy: it can reach the page's own server and nothing else.
    const code = `import ${JSON.stringify(new URL(workerUrl, import.meta.url).href)};`;
    const blob = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
    this.#worker = new Worker(blob, { type: 'module' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#waiting[0]?.(data));
    this.#worker.addEventListener('error', ({ message }) =>
      this.#waiting[0]?.({ kind: 'failed', message: message || 'The worker could not be started.' }),
    );
  }

  /** @throws Error when there is no such model or device. */
  async load(model: string, device: string | undefined, hooks: LoadHooks): Promise<AboutModel> {
    const request = { kind: 'load', model: new URL(model, location.href).href, device } as const;
    const last = await this.#ask(request, (answer) => {
      if (answer.kind === 'loading') hooks.onBytes(answer.bytes, answer.total);
      if (answer.kind === 'trying') hooks.onTrying();
    });
    if (last.kind === 'loaded') return last.about;
    throw new Error(`The worker answered ${last.kind}.`);
  }

  /**
   * @param onProgress - Called while a large image is scored in tiles, with the share of the work that is done.
   * @throws Error when the image cannot be read or scored.
   */
  async score(request: ScoreRequest, onProgress: (share: number) => void): Promise<Shown> {
    const last = await this.#ask({ kind: 'score', ...request }, (answer) => {
      if (answer.kind === 'progress') onProgress(answer.share);
    });
    if (last.kind === 'scored') return last.shown;
    throw new Error(`The worker answered ${last.kind}.`);
  }

  /** The last answer to a request; the others go to `hear`. */
  #ask(request: Request, hear: (answer: Answer) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((answer) => {
        if (answer.kind === 'loading' || answer.kind === 'trying' || answer.kind === 'progress')
          return hear(answer);
        this.#waiting.shift();
        if (answer.kind === 'failed') reject(new Error(answer.message));
        else resolve(answer);
      });
      this.#worker.postMessage(request);
    });
  }
}
