import type { CommandContext } from '../../shell/context.js';
import { addToken, readTokens, removeToken } from '../serve/access/tokens.js';
import type { TokenFlags } from './flags.js';

/** `mint station token add`: prints the token. Returns the exit code. */
export async function runTokenAdd(
  file: string,
  { name, role }: TokenFlags,
  { print }: CommandContext,
): Promise<number> {
  const token = await addToken(file, { name, role });
  print(token, { name, role, token });
  return 0;
}

/** `mint station token list`: one line each. Returns the exit code. */
export async function runTokenList(file: string, { print }: CommandContext): Promise<number> {
  const holders = (await readTokens(file)).map(({ role, name }) => ({ role, name }));
  print(holders.map(({ role, name }) => `${role}\t${name}`).join('\n'), holders);
  return 0;
}

/** `mint station token remove`. Returns the exit code. */
export async function runTokenRemove(
  file: string,
  { name }: Pick<TokenFlags, 'name'>,
  { print }: CommandContext,
): Promise<number> {
  await removeToken(file, name);
  print(`${name} has no token any more`, { name });
  return 0;
}
