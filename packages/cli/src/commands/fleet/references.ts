import { resolve } from 'node:path';
import { IMAGE_EXTENSIONS, readUrl, s3Source } from '@mint/data';
import { openS3, parseS3 } from '@mint/fleet';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { type ImageFile, imageAt } from '../../scoring/read-images.js';
import { expand, isImage } from '../predict/inputs.js';
import { readStdin, STDIN } from '../predict/stdin.js';

const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);
const isS3 = (text: string): boolean => text.startsWith('s3://');

/**
 * The images that arguments name, as references: what workers read them by. Arguments are those of `mint predict`, and `s3://bucket/prefix`
 * for all images there; images themselves, on standard input or in a data URL, are refused. Each image comes once, in order.
 *
 * @param list - A text file with more of them, one per line.
 * @throws MintError `NOT_FOUND` when a folder, a pattern or a prefix has no image; `INVALID_ARGUMENT` without any image.
 */
export async function references(args: readonly string[], list?: string | undefined): Promise<string[]> {
  const found = new Map<string, string>();
  const add = async (arg: string) => {
    if (/^data:/i.test(arg))
      throw new MintError(
        'INVALID_ARGUMENT',
        `${arg.slice(0, 40)}…: workers need the address of an image, not its bytes.`,
      );
    const names = isS3(arg)
      ? await imagesInBucket(arg)
      : ((isUrl(arg) ? undefined : await expand(arg)) ?? [arg]);
    for (const name of names) {
      const key = isUrl(name) || isS3(name) ? name : resolve(name);
      if (!found.has(key)) found.set(key, name);
    }
  };
  for (const arg of args) {
    if (arg !== STDIN) {
      await add(arg);
      continue;
    }
    const input = await readStdin();
    if ('read' in input)
      throw new MintError('INVALID_ARGUMENT', '-: expected names of images on standard input, got an image.');
    for (const line of input) await add(line);
  }
  if (list !== undefined) {
    const text = new TextDecoder().decode(await readFileOf('list of images', list));
    for (const line of text.split(/\r?\n/)) if (line !== '') await add(line);
  }
  if (found.size > 0) return [...found.values()];
  throw new MintError('INVALID_ARGUMENT', 'expected images: files, folders, patterns, addresses, or --list.');
}

async function imagesInBucket(address: string): Promise<string[]> {
  const { bucket, key } = parseS3(address);
  if (isImage(key)) return [address];
  const source = await bucketSource(bucket);
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  const names: string[] = [];
  for await (const path of source(prefix).list())
    if (isImage(path)) names.push(`s3://${bucket}/${prefix}${path}`);
  if (names.length > 0) return names.sort();
  throw new MintError(
    'NOT_FOUND',
    `${address}: there are no images; expected keys that end in ${IMAGE_EXTENSIONS.join(', ')}.`,
  );
}

/** Sources of the keys of a bucket that begin with a prefix; one client for all. */
async function bucketSource(bucket: string) {
  const { client } = await openS3();
  const whole = await s3Source({ client, bucket });
  return (prefix: string) => ({
    list: async function* () {
      for await (const key of (await s3Source({ client, bucket, prefix })).list()) yield key;
    },
    read: (path: string) => whole.read(`${prefix}${path}`),
  });
}

/** Opens images by reference, for a worker. */
export function referenceReader(): (name: string, base: string) => ImageFile {
  const buckets = new Map<string, ReturnType<typeof bucketSource>>();
  const readS3 = async (name: string) => {
    const { bucket, key } = parseS3(name);
    const source = buckets.get(bucket) ?? bucketSource(bucket);
    buckets.set(bucket, source);
    return (await source)('').read(key);
  };
  return (name, base) => {
    if (isUrl(name)) return { name, read: () => readUrl(name) };
    if (isS3(name)) return { name, read: () => readS3(name) };
    return { name, read: imageAt(resolve(base, name)).read };
  };
}

/** Where an image comes from, for limits of the rate: a server, a bucket, or the disk. */
export function sourceOf(name: string): string {
  if (isUrl(name)) return new URL(name).origin;
  return isS3(name) ? `s3://${parseS3(name).bucket}` : 'files';
}
