import { setTimeout as wait } from 'node:timers/promises';
import { assertInt, assertPositiveInt, MintError } from '@mint/internal';
import type { ImageSource } from '../types.js';
import { Download, nameOf, PassingError } from './http-download.js';
import { DEFAULT_MAX_BYTES } from './limits.js';

/** Options of {@link readUrl}. */
export interface HttpOptions {
  /** Sent to the origin of the address only, also after a redirect: `{ authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Largest file in bytes. @defaultValue 200,000,000 */
  readonly maxBytes?: number | undefined;
  /** Longest time of an attempt, in milliseconds. @defaultValue 30,000 */
  readonly timeout?: number | undefined;
  /** Further attempts after a temporary failure. @defaultValue 4 */
  readonly retries?: number | undefined;
  /** Follows a redirect from a public address to a private one, such as 10.0.0.7 or localhost. @defaultValue false */
  readonly allowPrivate?: boolean | undefined;
}

/** Options of {@link httpSource}. */
export interface HttpSourceOptions extends HttpOptions {
  /** Paths of the files below the address, because a web server gives no list. Default: the source lists no files. */
  readonly paths?: readonly string[] | undefined;
}

/** Milliseconds before the first further attempt; doubles from one to the next. */
const FIRST_WAIT = 200;

/**
 * A source of the files below an `http:` or `https:` address. A query in the address (such as a signature) goes with every request.
 * Busy servers (408, 429, 5xx), time-outs and broken connections are tried again; a half-read file continues where it broke off
 * if the server allows it. Up to 5 redirects are followed: to another origin without `headers`, never from https to http, and
 * from a public address to a private one only with `allowPrivate`.
 *
 * @throws MintError `INVALID_ARGUMENT` for an invalid address, an address with a password, or an option out of range.
 *
 * @example
 * ```ts no-run
 * import { fromSource, httpSource } from '@mint/data';
 *
 * const source = httpSource('https://images.example/line-1', { paths: ['bolt/good/000.jpg', 'bolt/scratch/017.jpg'] });
 * const { samples } = await fromSource(source); // lists; each image is read when it is needed
 * ```
 */
export function httpSource(address: string, { paths = [], ...options }: HttpSourceOptions = {}): ImageSource {
  const settings = checked('httpSource', options);
  const base = parseAddress('httpSource', address);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return {
    name: nameOf(base),
    async *list() {
      yield* paths;
    },
    read: async (path, range) => download(urlOf(base, path), settings, range),
  };
}

/**
 * Reads the file at an `http:` or `https:` address, with the attempts, limits and redirects of {@link httpSource}.
 *
 * @throws MintError `INVALID_ARGUMENT` for an invalid address, an address with a password, a file over the limit, or an option out
 * of range; `NOT_FOUND`; `UNAVAILABLE`.
 *
 * @example
 * ```ts no-run
 * import { decodeImage, readUrl } from '@mint/data';
 *
 * const address = 'http://camera.example/?action=snapshot';
 * const { width, height } = await decodeImage(await readUrl(address), address);
 * ```
 */
export async function readUrl(address: string, options: HttpOptions = {}): Promise<Uint8Array> {
  return download(parseAddress('readUrl', address), checked('readUrl', options));
}

type Settings = Required<{ readonly [K in keyof HttpOptions]: NonNullable<HttpOptions[K]> }>;

function checked(
  who: string,
  {
    headers = {},
    maxBytes = DEFAULT_MAX_BYTES,
    timeout = 30_000,
    retries = 4,
    allowPrivate = false,
  }: HttpOptions,
): Settings {
  assertPositiveInt(who, 'maxBytes', maxBytes);
  assertPositiveInt(who, 'timeout', timeout);
  assertInt(who, 'retries', retries, 0);
  return { headers, maxBytes, timeout, retries, allowPrivate };
}

async function download(
  url: URL,
  { retries, ...settings }: Settings,
  range?: readonly [number, number],
): Promise<Uint8Array> {
  const file = new Download(url, settings, range);
  for (let attempt = 0; ; attempt++) {
    try {
      return await file.attempt();
    } catch (error) {
      if (!(error instanceof PassingError)) throw error;
      if (attempt === retries) {
        const message = `${nameOf(url)}: cannot be read after ${attempt + 1} attempts: ${error.message}.`;
        throw new MintError('UNAVAILABLE', message);
      }
      await wait(error.wait ?? FIRST_WAIT * 2 ** attempt);
    }
  }
}

function parseAddress(who: string, address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new MintError(
      'INVALID_ARGUMENT',
      `${who}: expected an address that starts with https:// or http://.`,
    );
  if (url.username !== '' || url.password !== '') {
    const message = `${who}: the address of ${url.host} contains a user or password; pass them as \`headers.authorization\`.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  return url;
}

function urlOf(base: URL, path: string): URL {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new MintError('INVALID_ARGUMENT', `'${path}' is not the path of a file below ${nameOf(base)}.`);
  const url = new URL(base);
  url.pathname += parts.map(encodeURIComponent).join('/');
  return url;
}
