import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { MintError } from '@mint/internal';
import { readFileOf, sha256, writeFileAtomic } from '@mint/internal/node';

/** What somebody may do: an engineer may do what an operator may. */
const ROLES = ['operator', 'engineer'] as const;
/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Who holds a token. The token itself is nowhere: it is random, so its SHA-256 is enough to recognise it. */
export interface TokenHolder {
  readonly role: Role;
  readonly name: string;
  /** SHA-256 of the token in lower-case hexadecimal. */
  readonly hash: string;
}

const MAX_BYTES = 1_000_000;
const HEAD = '# Tokens of mint serve: role, SHA-256 of the token, name. Written by mint station token.\n';

/** @throws MintError `CORRUPT_FILE` that names the line. */
function parseTokens(text: string, path: string): TokenHolder[] {
  const holders: TokenHolder[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, role, hash = '', name = ''] = /^(\S+) +([0-9a-f]{64}) +(\S.*?) *$/.exec(line) ?? [];
    const known = ROLES.find((one) => one === role);
    if (known === undefined) {
      const expected = `expected 'operator' or 'engineer', the SHA-256 of a token, and a name`;
      throw new MintError('CORRUPT_FILE', `${path}, line ${index + 1}: ${expected}.`);
    }
    holders.push({ role: known, hash, name });
  }
  return holders;
}

/** Reads the file of hashes. @throws MintError `NOT_FOUND`, `CORRUPT_FILE`. */
export async function readTokens(path: string): Promise<TokenHolder[]> {
  return parseTokens(new TextDecoder().decode(await readFileOf('file of tokens', path, MAX_BYTES)), path);
}

/** Adds a holder to the file, and makes the file where there is none. Gives the token, which is shown once and kept nowhere. */
export async function addToken(path: string, { role, name }: Omit<TokenHolder, 'hash'>): Promise<string> {
  if (!/^\S(.*\S)?$/.test(name))
    throw new MintError('INVALID_ARGUMENT', `the name of a token: expected a line of text, got '${name}'.`);
  const holders = (await exists(path)) ? await readTokens(path) : [];
  if (holders.some((one) => one.name === name))
    throw new MintError('IN_USE', `${path}: '${name}' has a token already; remove it first.`);
  const token = `mint_${randomBytes(32).toString('base64url')}`;
  await write(path, [...holders, { role, name, hash: sha256(token) }]);
  return token;
}

/** Takes a holder out of the file. @throws MintError `NOT_FOUND`. */
export async function removeToken(path: string, name: string): Promise<void> {
  const holders = await readTokens(path);
  const rest = holders.filter((one) => one.name !== name);
  if (rest.length === holders.length)
    throw new MintError('NOT_FOUND', `${path}: there is no token of '${name}'.`);
  await write(path, rest);
}

const write = (path: string, holders: readonly TokenHolder[]): Promise<void> =>
  writeFileAtomic(path, HEAD + holders.map(({ role, hash, name }) => `${role} ${hash} ${name}\n`).join(''));

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
