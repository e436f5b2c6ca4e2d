import { setTimeout as wait } from 'node:timers/promises';
import { assertInt, assertPositiveInt, MintError, oneLine } from '@mint/internal';
import type { ImageSource } from '../types.js';
import { DEFAULT_MAX_BYTES, tooLarge } from './limits.js';

/** Options of {@link httpSource}. */
export interface HttpSourceOptions {
  /** Paths of the files below the address: a web server has no list to give. Default: none can be listed. */
  readonly paths?: readonly string[];
  /** Sent to the address's own origin only, also after a redirect: `{ authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Largest file. @defaultValue 200,000,000 bytes */
  readonly maxBytes?: number;
  /** Milliseconds an attempt may take. @defaultValue 30,000 */
  readonly timeout?: number;
  /** Further attempts after a failure that may pass. @defaultValue 4 */
  readonly retries?: number;
}

const MAX_REDIRECTS = 5;
/** Milliseconds before the first further attempt; doubles from one to the next. */
const FIRST_WAIT = 200;
/** Longest wait that a server may ask for with Retry-After, in milliseconds. */
const LONGEST_WAIT = 10_000;

/**
 * Files below an `http:` or `https:` address. A query in the address (a signed one, say) goes with every request. Busy servers
 * (408, 429, 5xx), time-outs and broken connections are tried again, a half-read file from where it broke off when the
 * server can do so. Redirects are followed, up to 5: to another origin without `headers`, from https to http never.
 *
 * @throws MintError `INVALID_ARGUMENT` for an address that is none, holds a password, or an option out of range.
 *
 * @example
 * ```ts no-run
 * import { fromSource, httpSource } from '@mint/data';
 *
 * const source = httpSource('https://images.example/line-1', { paths: ['bolt/good/000.jpg', 'bolt/scratch/017.jpg'] });
 * const { samples } = await fromSource(source); // lists; each image is read when it is needed
 * ```
 */
export function httpSource(address: string, options: HttpSourceOptions = {}): ImageSource {
  const { paths = [], headers = {}, maxBytes = DEFAULT_MAX_BYTES, timeout = 30_000, retries = 4 } = options;
  assertPositiveInt('httpSource', 'maxBytes', maxBytes);
  assertPositiveInt('httpSource', 'timeout', timeout);
  assertInt('httpSource', 'retries', retries, 0);
  const base = parseBase(address);
  return {
    name: nameOf(base),
    async *list() {
      yield* paths;
    },
    async read(path, range) {
      const url = urlOf(base, path);
      const download = new Download(url, { headers, maxBytes, timeout }, range);
      for (let attempt = 0; ; attempt++) {
        try {
          return await download.attempt();
        } catch (error) {
          if (!(error instanceof Passing)) throw error;
          if (attempt === retries) {
            const message = `${nameOf(url)}: cannot be read after ${attempt + 1} attempts: ${error.message}.`;
            throw new MintError('UNAVAILABLE', message);
          }
          await wait(error.wait ?? FIRST_WAIT * 2 ** attempt);
        }
      }
    },
  };
}

function parseBase(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new MintError(
      'INVALID_ARGUMENT',
      'httpSource: expected an address that starts with https:// or http://.',
    );
  if (url.username !== '' || url.password !== '') {
    const message = `httpSource: the address of ${url.host} holds a user or password; give them as \`headers.authorization\`.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function urlOf(base: URL, path: string): URL {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new MintError('INVALID_ARGUMENT', `'${path}' is no path of a file below ${nameOf(base)}.`);
  const url = new URL(base);
  url.pathname += parts.map(encodeURIComponent).join('/');
  return url;
}

/** The address without its query, which may be a signature. */
const nameOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

/** A failure that may pass. */
class Passing extends Error {
  readonly wait: number | undefined;

  constructor(message: string, wait?: number) {
    super(message);
    this.wait = wait;
  }
}

type Limits = Required<Pick<HttpSourceOptions, 'headers' | 'maxBytes' | 'timeout'>>;

/** One file on its way; what has come stays for the next attempt. */
class Download {
  readonly #url: URL;
  readonly #options: Limits;
  readonly #range: readonly [number, number] | undefined;
  #received: Uint8Array[] = [];
  #length = 0;
  /** Names the version of the file, so that parts of two never meet. */
  #validator: string | undefined;

  constructor(url: URL, options: Limits, range: readonly [number, number] | undefined) {
    this.#url = url;
    this.#options = options;
    this.#range = range;
  }

  async attempt(): Promise<Uint8Array> {
    const { maxBytes, timeout } = this.#options;
    const [first, end] = this.#range ?? [0, undefined];
    if (this.#validator === undefined) this.#forget();
    const from = first + this.#length;
    const resumed = this.#length > 0;
    const asked = resumed || this.#range !== undefined;
    const giveUp = new AbortController();
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), giveUp.signal]);
    try {
      const response = await this.#follow(
        {
          'accept-encoding': 'identity',
          ...(asked && { range: `bytes=${from}-${end === undefined ? '' : end - 1}` }),
          ...(resumed && { 'if-range': this.#validator ?? '' }),
        },
        signal,
      );
      await this.#check(response);
      const partial = response.status === 206;
      if (partial && !response.headers.get('content-range')?.startsWith(`bytes ${from}-`))
        throw new MintError(
          'UNAVAILABLE',
          `${nameOf(this.#url)}: the server sent another part than asked for.`,
        );
      // The whole file although a part was asked for: it has changed, or the server knows no parts.
      if (!partial) this.#forget();
      const etag = response.headers.get('etag');
      const strong = etag?.startsWith('W/') ? undefined : etag;
      this.#validator = strong ?? response.headers.get('last-modified') ?? undefined;
      const announced = Number(response.headers.get('content-length') ?? 0);
      if (this.#length + announced > maxBytes)
        throw tooLarge(nameOf(this.#url), this.#length + announced, maxBytes);
      const reader = response.body?.getReader();
      for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
        this.#received.push(part.value);
        this.#length += part.value.length;
        if (this.#length > maxBytes) throw tooLarge(nameOf(this.#url), `more than ${maxBytes}`, maxBytes);
      }
      const bytes = Buffer.concat(this.#received, this.#length);
      return partial || end === undefined ? bytes : bytes.subarray(first, end);
    } catch (error) {
      if (MintError.isInstance(error) || error instanceof Passing) {
        giveUp.abort();
        throw error;
      }
      if (signal.aborted) throw new Passing(`no answer within ${timeout} ms`);
      throw new Passing(reasonOf(error));
    }
  }

  #forget(): void {
    this.#received = [];
    this.#length = 0;
  }

  async #follow(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
    let url = this.#url;
    for (let redirects = 0; ; redirects++) {
      const own = url.origin === this.#url.origin ? this.#options.headers : {};
      const response = await fetch(url, { headers: { ...own, ...headers }, redirect: 'manual', signal });
      const location = response.headers.get('location');
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
      await response.body?.cancel();
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      const safe = next?.protocol === 'https:' || (next?.protocol === 'http:' && url.protocol === 'http:');
      if (next === undefined || !safe || redirects === MAX_REDIRECTS) {
        const why = safe
          ? `redirects more than ${MAX_REDIRECTS} times`
          : 'redirects to an address that is not safe';
        throw new MintError('UNAVAILABLE', `${nameOf(this.#url)}: ${why}.`);
      }
      url = next;
    }
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
      throw new Passing(`the server answered ${status}`, retryAfter(response));
    throw new MintError('UNAVAILABLE', `${name}: the server answered ${status}.`);
  }
}

function retryAfter({ headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return seconds >= 0 ? Math.min(1000 * seconds, LONGEST_WAIT) : undefined;
}

/** `fetch failed` says nothing, its cause does. */
function reasonOf(error: unknown): string {
  return oneLine(error instanceof Error && error.cause instanceof Error ? error.cause : error);
}
