import { MintError, reasonOf } from '@mint/internal';
import { guardedFetch } from '@mint/internal/node';
import { tooLarge } from './limits.js';

/** Longest wait that a server may ask for with Retry-After, in milliseconds. */
const LONGEST_WAIT = 10_000;

/** The address without its query, which may be a signature. */
export const nameOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

/** A temporary failure: another attempt may succeed. */
export class PassingError extends Error {
  readonly wait: number | undefined;

  constructor(message: string, wait?: number) {
    super(message);
    this.wait = wait;
  }
}

interface DownloadOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  /** In milliseconds, for each attempt. */
  readonly timeout: number;
  /** A redirect may lead from a public address to a private one. */
  readonly allowPrivate: boolean;
}

/** The download of one file. What one attempt received stays for the next. */
export class Download {
  readonly #url: URL;
  readonly #options: DownloadOptions;
  readonly #range: readonly [number, number] | undefined;
  #received: Uint8Array[] = [];
  #length = 0;
  /** Names the version of the file, so that parts of two versions are never joined. */
  #validator: string | undefined;

  constructor(url: URL, options: DownloadOptions, range: readonly [number, number] | undefined) {
    this.#url = url;
    this.#options = options;
    this.#range = range;
  }

  /**
   * Reads the file, or what is still missing of it.
   *
   * @throws PassingError when another attempt may succeed; MintError otherwise.
   */
  async attempt(): Promise<Uint8Array> {
    if (this.#validator === undefined) this.#forget();
    const { timeout } = this.#options;
    const giveUp = new AbortController();
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), giveUp.signal]);
    try {
      return await this.#receive(signal);
    } catch (error) {
      if (MintError.isInstance(error) || error instanceof PassingError) {
        giveUp.abort();
        throw error;
      }
      if (signal.aborted) throw new PassingError(`no answer within ${timeout} ms`);
      throw new PassingError(reasonOf(error));
    }
  }

  async #receive(signal: AbortSignal): Promise<Uint8Array> {
    const [first, end] = this.#range ?? [0, undefined];
    const from = first + this.#length;
    const { headers: ownHeaders, allowPrivate } = this.#options;
    const headers = this.#rangeHeaders(from, end);
    const response = await guardedFetch(this.#url, { headers, ownHeaders, allowPrivate, signal });
    await this.#check(response);
    const partial = response.status === 206;
    if (partial && !response.headers.get('content-range')?.startsWith(`bytes ${from}-`)) {
      const message = `${nameOf(this.#url)}: the server sent another part than requested.`;
      throw new MintError('UNAVAILABLE', message);
    }
    // The whole file although a part was requested: it has changed, or the server does not support parts.
    if (!partial) this.#forget();
    this.#validator = validatorOf(response);
    await this.#collect(response);
    const bytes = Buffer.concat(this.#received, this.#length);
    return partial || end === undefined ? bytes : bytes.subarray(first, end);
  }

  /** Asks for the bytes from `from` to before `end`, when they are not the whole file. */
  #rangeHeaders(from: number, end: number | undefined): Record<string, string> {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    const resumed = this.#length > 0;
    if (resumed || this.#range !== undefined)
      headers.range = `bytes=${from}-${end === undefined ? '' : end - 1}`;
    if (resumed) headers['if-range'] = this.#validator ?? '';
    return headers;
  }

  async #collect(response: Response): Promise<void> {
    const { maxBytes } = this.#options;
    const name = nameOf(this.#url);
    const announced = this.#length + Number(response.headers.get('content-length') ?? 0);
    if (announced > maxBytes) throw tooLarge(name, announced, maxBytes);
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      this.#received.push(part.value);
      this.#length += part.value.length;
      if (this.#length > maxBytes) throw tooLarge(name, `more than ${maxBytes}`, maxBytes);
    }
  }

  #forget(): void {
    this.#received = [];
    this.#length = 0;
  }

  async #check(response: Response): Promise<void> {
    const { status } = response;
    if (status === 200 || status === 206) return;
    await response.body?.cancel();
    const name = nameOf(this.#url);
    if (status === 404 || status === 410) throw new MintError('NOT_FOUND', `${name}: there is no such file.`);
    if (status === 401 || status === 403)
      throw new MintError('UNAVAILABLE', `${name}: the server refuses it (${status}); check \`headers\`.`);
    if (status === 408 || status === 429 || status >= 500)
      throw new PassingError(`the server answered ${status}`, retryAfter(response));
    throw new MintError('UNAVAILABLE', `${name}: the server answered ${status}.`);
  }
}

/** Names the version of the file; a weak tag does not. */
function validatorOf({ headers }: Response): string | undefined {
  const etag = headers.get('etag');
  const strong = etag?.startsWith('W/') ? undefined : etag;
  return strong ?? headers.get('last-modified') ?? undefined;
}

function retryAfter({ headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return seconds >= 0 ? Math.min(1000 * seconds, LONGEST_WAIT) : undefined;
}
