import { assertPositiveInt, MintError, oneLine } from '@mint/internal';
import type { ImageSource } from '../types.js';
import { collect, DEFAULT_MAX_BYTES, tooLarge } from './limits.js';

/** The part of an `S3Client` of `@aws-sdk/client-s3`, version 3, that is used. */
export interface S3ClientLike {
  /** Sends a command and resolves to its output. */
  // biome-ignore lint/suspicious/noExplicitAny: the client's own overloads accept no narrower type
  send(command: any, options?: { abortSignal?: AbortSignal }): Promise<any>;
}

/** Options of {@link s3Source}. */
export interface S3SourceOptions {
  /** An `S3Client` with your region, credentials and endpoint. It also decides about retries. */
  readonly client: S3ClientLike;
  /** Name of the bucket. */
  readonly bucket: string;
  /** Beginning of the keys; paths are the rest. @defaultValue '' */
  readonly prefix?: string | undefined;
  /** Largest file in bytes. @defaultValue 200,000,000 */
  readonly maxBytes?: number | undefined;
  /** Longest time of a request in milliseconds, the client's retries included. @defaultValue 60,000 */
  readonly timeout?: number | undefined;
}

/**
 * A source of the files of an S3 bucket, or of a store with the same protocol. Needs `@aws-sdk/client-s3`, which is not installed
 * with this package.
 *
 * @throws MintError `UNAVAILABLE` when `@aws-sdk/client-s3` is missing, `INVALID_ARGUMENT` for an option out of range.
 *
 * @example
 * ```ts no-run
 * import { S3Client } from '@aws-sdk/client-s3';
 * import { fromSource, s3Source } from '@mint/data';
 *
 * const client = new S3Client({ region: 'eu-central-1' });
 * const { samples } = await fromSource(await s3Source({ client, bucket: 'parts', prefix: 'line-1/' }));
 * ```
 */
export async function s3Source({
  client,
  bucket,
  prefix = '',
  maxBytes = DEFAULT_MAX_BYTES,
  timeout = 60_000,
}: S3SourceOptions): Promise<ImageSource> {
  assertPositiveInt('s3Source', 'maxBytes', maxBytes);
  assertPositiveInt('s3Source', 'timeout', timeout);
  const { GetObjectCommand, ListObjectsV2Command } = await loadSdk();
  const name = `s3://${bucket}/${prefix}`;
  const send = async (what: string, command: object) => {
    try {
      return await client.send(command, { abortSignal: AbortSignal.timeout(timeout) });
    } catch (error) {
      throw failure(what, error);
    }
  };
  return {
    name,
    async *list() {
      let token: string | undefined;
      do {
        const input = { Bucket: bucket, Prefix: prefix, ContinuationToken: token };
        const page = await send(name, new ListObjectsV2Command(input));
        for (const { Key = '' } of page.Contents ?? [])
          if (!Key.endsWith('/')) yield Key.slice(prefix.length);
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },
    async read(path, range) {
      const what = `${name}${path}`;
      const Range = range === undefined ? undefined : `bytes=${range[0]}-${range[1] - 1}`;
      const input = { Bucket: bucket, Key: `${prefix}${path}`, Range };
      const { Body, ContentLength } = await send(what, new GetObjectCommand(input));
      if (ContentLength > maxBytes) {
        Body.destroy?.();
        throw tooLarge(what, ContentLength, maxBytes);
      }
      try {
        return await collect(what, Body, maxBytes);
      } catch (error) {
        throw MintError.isInstance(error) ? error : failure(what, error);
      }
    },
  };
}

async function loadSdk() {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (error) {
    throw new MintError(
      'UNAVAILABLE',
      's3Source: needs the package `@aws-sdk/client-s3`; install it next to @mint/data.',
      {
        cause: error,
      },
    );
  }
}

function failure(what: string, error: unknown): MintError {
  const kind = error instanceof Error ? error.name : '';
  if (kind === 'NoSuchKey' || kind === 'NotFound')
    return new MintError('NOT_FOUND', `${what}: there is no such file.`);
  return new MintError('UNAVAILABLE', `${what}: cannot be read: ${kind}: ${oneLine(error)}.`);
}
