import { MintError, oneLine } from '@mint/internal';

/** The error about an image whose decoder stopped. */
export function damaged(name: string, error: unknown): MintError {
  const message = `${name}: the image is truncated or damaged (${oneLine(error)}).`;
  return new MintError('UNREADABLE_IMAGE', message, { cause: error });
}
