import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MintError, reasonOf } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import type { Located } from './locate.js';

/** How often a connection that was cut is taken up again without a byte gained. */
const ATTEMPTS = 5;
/** Milliseconds without a byte after which a connection counts as cut. */
const SILENCE = 30_000;

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes on the disk, those of an earlier, interrupted download included. */
  readonly bytes: number;
  /** Size of the whole file. */
  readonly totalBytes: number;
  /** Over this call. */
  readonly bytesPerSecond: number;
  /** Undefined before the first bytes. */
  readonly secondsLeft: number | undefined;
}

/** Options of {@link download}. */
export interface DownloadOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Hexadecimal SHA-256 that the content must have; undefined when nobody knows it. */
  readonly sha256: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
}

/** Lower-case hexadecimal SHA-256 of a file. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Downloads a file to `target`. The bytes so far lie in `<target>.incomplete`: a later call goes on where this one stopped.
 * The file appears under its name when its size and hash are right.
 *
 * @throws MintError `UNAVAILABLE` when the connection fails for good, `CORRUPT_FILE` when the bytes are not those promised,
 * `DISK_FULL`.
 */
export async function download(located: Located, target: string, options: DownloadOptions): Promise<void> {
  const partial = `${target}.incomplete`;
  await mkdir(dirname(target), { recursive: true });
  let failures = 0;
  for (;;) {
    const before = await sizeOf(partial);
    if (before === located.size) break;
    try {
      await append(located, partial, before, options);
    } catch (error) {
      if (options.signal?.aborted) throw error;
      if (MintError.isInstance(error)) throw error;
      failures = (await sizeOf(partial)) > before ? 1 : failures + 1;
      if (failures >= ATTEMPTS) {
        const message = `${located.url}: the download broke off ${failures} times: ${reasonOf(error)}. Run again to go on where it stopped.`;
        throw new MintError('UNAVAILABLE', message, { cause: error });
      }
      await wait(Math.min(10_000, 250 * 2 ** failures));
    }
  }
  await verify(partial, located, options.sha256);
  await rename(partial, target);
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** One request: all bytes from `begin` on, as far as the connection holds. */
async function append(
  { url, size }: Located,
  partial: string,
  begin: number,
  { headers, signal, onProgress }: DownloadOptions,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${SILENCE / 1000} s`)), SILENCE);
  const began = performance.now();
  const response = await fetch(url, {
    headers: { ...headers, ...(begin > 0 ? { range: `bytes=${begin}-` } : {}) },
    signal: AbortSignal.any([silence.signal, ...(signal === undefined ? [] : [signal])]),
  });
  let file: FileHandle | undefined;
  try {
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    // A server that knows no ranges sends the whole file again.
    const start = response.status === 206 ? begin : 0;
    file = await open(partial, start === 0 ? 'w' : 'a');
    let bytes = start;
    for await (const chunk of chunksOf(response.body)) {
      timer.refresh();
      bytes += chunk.length;
      if (bytes > size) {
        await rm(partial, { force: true });
        throw new MintError(
          'CORRUPT_FILE',
          `${url}: sent more than the ${size} bytes it promised; nothing was kept.`,
        );
      }
      await file.write(chunk);
      const seconds = (performance.now() - began) / 1000;
      const bytesPerSecond = (bytes - start) / Math.max(seconds, 1e-3);
      onProgress?.({ bytes, totalBytes: size, bytesPerSecond, secondsLeft: (size - bytes) / bytesPerSecond });
    }
    await file.sync();
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new MintError(
      'DISK_FULL',
      `${partial}: no space left on the disk; free ${size} bytes and run again.`,
      {
        cause: error,
      },
    );
  } finally {
    clearTimeout(timer);
    await file?.close();
  }
}

/** DOM's type of a stream cannot be iterated; Node's can. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function verify(partial: string, { url, etag }: Located, sha256: string | undefined): Promise<void> {
  const wanted = sha256 ?? (/^[0-9a-f]{64}$/.test(etag) ? etag : undefined);
  if (wanted === undefined) return;
  const actual = await sha256OfFile(partial);
  if (actual === wanted) return;
  await rm(partial, { force: true });
  throw new MintError(
    'CORRUPT_FILE',
    `${url}: the SHA-256 of what came is ${actual}, expected ${wanted}; nothing was kept. Run again, or check the mirror.`,
  );
}
