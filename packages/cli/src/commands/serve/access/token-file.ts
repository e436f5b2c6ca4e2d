import { stat } from 'node:fs/promises';
import { oneLine } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import { readTokens, type TokenHolder } from './tokens.js';

/** Milliseconds after which a change of the file counts. */
const FRESH = 1000;

/** Who holds a token; undefined: nobody. */
export type FindHolder = (token: string) => Promise<TokenHolder | undefined>;

/**
 * Looks tokens up in a file of hashes. The file is read again when it has changed, so a token that is removed is refused within a
 * second. A file that can no longer be read leaves the tokens as they were, and that is said.
 *
 * @throws MintError as `readTokens`.
 */
export async function tokenFile(path: string, say: (text: string) => void): Promise<FindHolder> {
  const state = () =>
    stat(path).then(
      ({ mtimeMs, ino, size }) => `${mtimeMs} ${ino} ${size}`,
      () => 'gone',
    );
  const byHash = (holders: readonly TokenHolder[]) => new Map(holders.map((one) => [one.hash, one]));
  let seen = await state();
  let holders = byHash(await readTokens(path));
  let looked = performance.now();
  let looking = Promise.resolve();
  const look = async () => {
    const now = await state();
    if (now === seen) return;
    seen = now;
    try {
      holders = byHash(await readTokens(path));
      say(`${path} has changed: ${holders.size} tokens`);
    } catch (error) {
      say(`${path} has changed and cannot be read; the tokens stay as they were: ${oneLine(error)}`);
    }
  };
  return async (token) => {
    if (performance.now() - looked > FRESH) {
      looked = performance.now();
      looking = look();
    }
    await looking;
    // The hash of a guess says nothing about other hashes, so the time of the lookup gives nothing away.
    return holders.get(sha256(token));
  };
}
