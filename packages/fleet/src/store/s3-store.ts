import { MintError, oneLine } from '@mint/internal';
import type { FileContent } from '@mint/internal/node';
import { openS3, parseS3, type S3 } from './s3-client.js';
import type { Store } from './store.js';

/** The least that S3 takes as a part of an upload, except for the last, is 5 MiB. */
const PART_BYTES = 8 * 2 ** 20;

/** A bucket of S3, or of a store with the same protocol; see {@link openS3}. */
export async function s3Store(address: string): Promise<Store> {
  const { bucket, key } = parseS3(address);
  const prefix = key === '' ? '' : `${key.replace(/\/+$/, '')}/`;
  const s3 = await openS3();
  const { sdk, client } = s3;
  const at = (path: string) => ({ Bucket: bucket, Key: `${prefix}${path}` });
  const name = `s3://${bucket}/${prefix}`;
  return {
    name,
    read: async (path) => {
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand(at(path)));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
        throw failure(`${name}${path}`, 'read', error);
      }
    },
    write: async (path, content) => {
      try {
        await upload(s3, at(path), content);
      } catch (error) {
        throw MintError.isInstance(error) ? error : failure(`${name}${path}`, 'written', error);
      }
    },
    async *list(below) {
      let ContinuationToken: string | undefined;
      do {
        const page = await client
          .send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix + below, ContinuationToken }))
          .catch((error: unknown) => {
            throw failure(name, 'listed', error);
          });
        for (const { Key = '' } of page.Contents ?? []) yield Key.slice(prefix.length);
        ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (ContinuationToken !== undefined);
    },
  };
}

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

/** A small file at once, a large one in parts; either appears whole. */
async function upload(s3: S3, place: Place, content: FileContent): Promise<void> {
  const put = (Body: Uint8Array | string) => s3.client.send(new s3.sdk.PutObjectCommand({ ...place, Body }));
  if (typeof content === 'string' || content instanceof Uint8Array) {
    await put(content);
    return;
  }
  const parts = inParts(content);
  const first = await parts.next();
  const second = first.done ? first : await parts.next();
  if (first.done || second.done) await put(first.value ?? '');
  else await uploadParts(s3, place, chained([first.value, second.value], parts));
}

async function uploadParts(
  { sdk, client }: S3,
  place: Place,
  parts: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(place));
  const Parts: { readonly ETag: string; readonly PartNumber: number }[] = [];
  try {
    for await (const Body of parts) {
      const PartNumber = Parts.length + 1;
      const { ETag = '' } = await client.send(
        new sdk.UploadPartCommand({ ...place, UploadId, PartNumber, Body }),
      );
      Parts.push({ ETag, PartNumber });
    }
    const finished = { ...place, UploadId, MultipartUpload: { Parts } };
    await client.send(new sdk.CompleteMultipartUploadCommand(finished));
  } catch (error) {
    await client.send(new sdk.AbortMultipartUploadCommand({ ...place, UploadId })).catch(() => undefined);
    throw error;
  }
}

async function* chained<T>(first: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* first;
  yield* rest;
}

async function* inParts(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array, undefined> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const text of texts) {
    const chunk = Buffer.from(text);
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < PART_BYTES) continue;
    yield Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(waiting);
  return undefined;
}

function failure(what: string, done: string, error: unknown): MintError {
  const kind = error instanceof Error ? error.name : 'Error';
  return new MintError('UNAVAILABLE', `${what}: cannot be ${done}: ${kind}: ${oneLine(error)}.`, {
    cause: error,
  });
}
