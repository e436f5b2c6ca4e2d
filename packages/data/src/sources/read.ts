import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { MintError, oneLine } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import type { Sample } from '../types.js';

/** Reads the file of a sample's image, or its part of one. */
export async function readImageFile({ source, byteRange }: Sample, imagePath: string): Promise<Uint8Array> {
  return source === undefined ? readPart(imagePath, byteRange) : source.read(imagePath, byteRange);
}

/** Reads one of a sample's mask files. */
export async function readMaskFile(
  { source }: Pick<Sample, 'source'>,
  maskPath: string,
): Promise<Uint8Array> {
  return source === undefined ? readFileOf('mask', maskPath) : source.read(maskPath);
}

/** The sample's mask files; empty without a mask. */
export const maskPathsOf = ({ maskPath = [] }: Pick<Sample, 'maskPath'>): readonly string[] =>
  typeof maskPath === 'string' ? [maskPath] : maskPath;

/** Reads a file, or its bytes from the first number up to but not including the second. */
export async function readPart(path: string, range: Sample['byteRange']): Promise<Uint8Array> {
  if (range === undefined) return readFileOf('image', path);
  const [start, end] = range;
  // Does not wait even if it is a pipe that nobody writes to.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    const message = `${path}: cannot read the images: ${oneLine(error)}.`;
    throw new MintError('NOT_FOUND', message, { cause: error });
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile())
      throw new MintError('NOT_FOUND', `${path}: cannot read the images: it is not a regular file.`);
    // A list may name any range: only what the file has is allocated.
    const length = Math.max(0, Math.min(end, stat.size) - start);
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
