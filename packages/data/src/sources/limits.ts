import { assertPositiveInt, MintError } from '@mint/internal';

/** Largest file read from a remote store: 64 million pixels of 8-bit RGB without compression fit. */
export const DEFAULT_MAX_BYTES = 200_000_000;

/** Collects a body, and refuses it before more than `maxBytes` are kept. */
export async function collect(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  assertPositiveInt('ImageSource', 'maxBytes', maxBytes);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(name, `more than ${maxBytes}`, maxBytes);
    parts.push(chunk);
  }
  return Buffer.concat(parts, length);
}

export function tooLarge(name: string, bytes: number | string, maxBytes: number): MintError {
  return new MintError(
    'INVALID_ARGUMENT',
    `${name}: the file has ${bytes} bytes, the limit is ${maxBytes}. Raise \`maxBytes\` if that is right.`,
  );
}
