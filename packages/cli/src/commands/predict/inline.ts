import { basename } from 'node:path';
import { readUrl } from '@mint/data';
import { MintError } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import type { ImageFile } from '../../scoring/read-images.js';

/** Shorter text is a name, whatever its letters are. */
const SHORTEST = 40;

/** First bytes of image files, as Latin-1. */
const SIGNATURES = /^(\x89PNG|\xff\xd8\xff|BM|II[*+]\0|MM\0[*+]|RIFF....WEBP|P[1-6]\s|GIF8|....ftyp)/s;

/** Whether the bytes start like an image file of any format. */
export const startsLikeImage = (bytes: Uint8Array): boolean =>
  SIGNATURES.test(Buffer.from(bytes.subarray(0, 16)).toString('latin1'));

/** An image whose bytes are at hand. */
export const imageOfBytes = (name: string, bytes: Uint8Array): ImageFile => ({
  name,
  read: async () => bytes,
});

/** An image that the text itself is or names: an `http:` or `https:` address, a `data:` URL, or base64; undefined for any other text. */
export async function inlineImage(text: string): Promise<ImageFile | undefined> {
  if (/^https?:\/\//i.test(text)) return { name: text, read: () => readUrl(text) };
  if (/^data:/i.test(text)) return imageOfDataUrl(text);
  const bytes = bytesOfBase64(text);
  return bytes && imageOfBytes(`base64;sha256=${shortHash(bytes)}`, bytes);
}

async function imageOfDataUrl(text: string): Promise<ImageFile> {
  const [kind = ''] = /^data:[^;,]{0,60}/i.exec(text) ?? [];
  try {
    const bytes = new Uint8Array(await (await fetch(text)).arrayBuffer());
    return imageOfBytes(`${kind};sha256=${shortHash(bytes)}`, bytes);
  } catch (error) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${text.slice(0, 40)}…: not a valid data URL; expected data:image/png;base64,… or the like.`,
      { cause: error },
    );
  }
}

/** The bytes of an image in base64; a path can be made of the same letters, but does not decode to an image. */
function bytesOfBase64(text: string): Uint8Array | undefined {
  if (text.length < SHORTEST || !/^[A-Za-z0-9+/_\s-]+={0,2}\s*$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return startsLikeImage(bytes) ? bytes : undefined;
}

const shortHash = (bytes: Uint8Array): string => sha256(bytes).slice(0, 12);

/** What a file of results about an image is called: the last part of its path or address. */
export function titleOf(name: string): string {
  if (!/^https?:\/\//i.test(name)) return /^data:/i.test(name) ? name : basename(name);
  const { hostname, pathname } = new URL(name);
  return basename(pathname) || hostname;
}

/** A name for the record: an address without its query, which may hold a key. */
export const recordedName = (name: string): string =>
  /^https?:\/\//i.test(name) ? name.replace(/[?#].*$/s, '').replace(/^(https?:\/\/)[^/@]*@/i, '$1') : name;
