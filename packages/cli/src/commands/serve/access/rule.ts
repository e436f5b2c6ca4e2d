import { MintError } from '@mint/internal';
import type { ServeFlags } from '../flags.js';
import { type AccessRule, isLoopback } from './access.js';
import { tokenFile } from './token-file.js';

/**
 * How requests are checked under the flags.
 *
 * @throws MintError `INVALID_ARGUMENT` when other machines could connect and nothing would check who asks.
 */
export async function accessOf(
  { host, tokens }: Pick<ServeFlags, 'host' | 'tokens'>,
  say: (text: string) => void,
): Promise<AccessRule> {
  if (typeof tokens === 'string') return { kind: 'tokens', find: await tokenFile(tokens, say) };
  if (tokens === false) return { kind: 'open' };
  if (isLoopback(host)) return { kind: 'loopback' };
  throw new MintError(
    'INVALID_ARGUMENT',
    `--host ${host}: other machines could connect, and nothing would check who they are. ` +
      'Give --tokens <file> (mint station token add makes it), or --no-tokens if a proxy in front checks.',
  );
}
