import { oneLine } from './checks.js';
import { MintError } from './error.js';

/**
 * Does something with one image. Whatever goes wrong, down to an array that cannot be allocated, concerns this image alone: the others
 * of its batch must not suffer for it.
 *
 * @param name - The image in messages.
 * @throws MintError of the work; `UNREADABLE_IMAGE` for anything else that it throws.
 */
export async function asOneImage<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (MintError.isInstance(error)) throw error;
    const message = `${name}: cannot be prepared: ${oneLine(error)}.`;
    throw new MintError('UNREADABLE_IMAGE', message, { cause: error });
  }
}
