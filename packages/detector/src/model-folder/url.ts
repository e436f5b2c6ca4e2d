import { MintError, oneLine } from '@mint/internal';
import type { DetectorState } from '../state.js';
import { decodeWeights, weightsLimit } from './decode.js';
import { decodeDescription, MAX_DESCRIPTION_BYTES } from './description.js';
import { OLD_WEIGHTS_FILE } from './weights-file.js';

/** Options of `MintDetector.fromUrl`. */
export interface FromUrlOptions {
  /**
   * Called while the weights arrive, with the bytes so far and in total; the total is undefined where the server does not
   * state it. Called once when they come from the cache.
   */
  readonly onProgress?: ((loaded: number, total: number | undefined) => void) | undefined;
  /**
   * Requests a file; for headers of your own, a time limit, or a way to stop. Default: `fetch` in a page; in Node.js a fetch that
   * connects to the addresses that it checked, and follows no redirect from a public address to a private one or from https to http.
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /**
   * Where weights are kept between visits; `false`: nowhere. Default: the page's Cache Storage under `mint-models`, where
   * there is one.
   */
  readonly cache?: Pick<Cache, 'match' | 'put' | 'delete'> | false | undefined;
}

async function fetchHere(url: string, init: RequestInit): Promise<Response> {
  const { fetchModelFile } = await import('#model-folder');
  return fetchModelFile(url, init);
}

/** Reads a model folder from a server; see `MintDetector.fromUrl`. */
export async function readModelUrl(
  folder: string,
  { onProgress, fetch = fetchHere, cache }: FromUrlOptions = {},
): Promise<DetectorState> {
  const url = folderUrl(folder);
  const name = withoutQuery(url).replace(/\/$/, '');
  if (globalThis.crypto?.subtle === undefined) {
    const message = `${name}: cannot be checked against its SHA-256: browsers allow that over https and on localhost only.`;
    throw new MintError('UNAVAILABLE', message);
  }
  const json = await download('model description', fileIn(url, 'model.json'), MAX_DESCRIPTION_BYTES, fetch);
  const description = decodeDescription(`${name}/model.json`, new TextDecoder().decode(json));
  const store = cache ?? (await openCache());
  // One address for all versions of a model, so that a new version takes the place of the old one.
  const key = new URL(`?sha256=${description.sha256}`, fileIn(url, OLD_WEIGHTS_FILE)).href;
  const kept = await fromCache(store, key, description.sha256);
  if (kept !== undefined) {
    onProgress?.(kept.length, kept.length);
    return decodeWeights(name, description, kept, description.sha256);
  }
  const limit = weightsLimit(name, description);
  const weights = await download('model weights', fileIn(url, description.file), limit, fetch, onProgress);
  const state = decodeWeights(name, description, weights, await sha256(weights));
  if (store) await keep(store, key, weights);
  return state;
}

function folderUrl(folder: string): URL {
  const page = globalThis.location?.href;
  if (!URL.canParse(folder, page)) {
    const message = `fromUrl: expected the URL of a model folder, got '${oneLine(folder).replace(/[?#].*/, '')}'.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  const url = new URL(folder, page);
  url.pathname = url.pathname.replace(/\/+$/, '');
  url.hash = '';
  return url;
}

/** How messages name a URL: its query may be a signature, and what comes before the host a password. */
const withoutQuery = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`;

/** A query, such as one that grants access, stays. */
function fileIn(folder: URL, file: string): string {
  const url = new URL(folder);
  url.pathname += `${url.pathname.endsWith('/') ? '' : '/'}${file}`;
  return url.href;
}

async function openCache(): Promise<Cache | undefined> {
  return globalThis.caches?.open('mint-models').catch(() => undefined);
}

/** A copy that has changed on the disk meanwhile is ignored. */
async function fromCache(
  cache: FromUrlOptions['cache'],
  key: string,
  hash: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!cache) return undefined;
  const read = async () => (await cache.match(key))?.arrayBuffer();
  const buffer = await read().catch(() => undefined);
  const bytes = buffer && new Uint8Array(buffer);
  return bytes !== undefined && (await sha256(bytes)) === hash ? bytes : undefined;
}

/** A model that cannot be kept, for lack of space or permission, works all the same. */
async function keep(
  cache: Pick<Cache, 'put' | 'delete'>,
  key: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  // Weights of an older version at the same address are removed.
  const replace = async () => {
    await cache.delete(key, { ignoreSearch: true });
    await cache.put(key, new Response(bytes));
  };
  await replace().catch(() => undefined);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Fetches a whole file. The length that the server states can only make it refused: memory grows with the bytes that arrive.
 *
 * @throws MintError `NOT_FOUND`; `UNAVAILABLE` when the server cannot be reached or stops half-way; `CORRUPT_FILE` over the
 * limit.
 */
async function download(
  what: string,
  url: string,
  maxBytes: number,
  fetch: NonNullable<FromUrlOptions['fetch']>,
  onProgress: FromUrlOptions['onProgress'] = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const name = withoutQuery(new URL(url));
  const broken = (error: unknown): never => {
    if (MintError.isInstance(error)) throw error;
    const message = `${name}: the ${what} did not arrive: ${oneLine(error).replaceAll(url, name)}. Try again.`;
    throw new MintError('UNAVAILABLE', message, { cause: error });
  };
  // Never an old copy of one file with a new one of the other.
  const response = await fetch(url, { cache: 'no-cache' }).catch(broken);
  if (!response.ok) {
    const code = response.status === 404 || response.status === 410 ? 'NOT_FOUND' : 'UNAVAILABLE';
    throw new MintError(code, `${name}: expected the ${what}, the server answers ${response.status}.`);
  }
  const total = Number(response.headers.get('content-length')) || undefined;
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  try {
    while (reader !== undefined) {
      if (Math.max(loaded, total ?? 0) > maxBytes) {
        const message = `${name}: expected the ${what} in at most ${maxBytes} bytes, the server sends more.`;
        throw new MintError('CORRUPT_FILE', message);
      }
      const { done, value } = await reader.read().catch(broken);
      if (done) break;
      chunks.push(value);
      loaded += value.length;
      onProgress(loaded, total && Math.max(loaded, total));
    }
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
