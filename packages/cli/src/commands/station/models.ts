import { MintError, oneLine } from '@mint/internal';
import type { CommandContext } from '../../shell/context.js';

interface Version {
  readonly name: string;
  readonly version: string;
}

/** `mint station models`. Returns the exit code. */
export async function runModels(address: string, { print }: CommandContext): Promise<number> {
  const { models } = await ask<{ models: readonly (Version & { readonly state: string })[] }>(
    address,
    '/v1/models',
  );
  print(models.map(({ name, version, state }) => `${name}/${version}\t${state}`).join('\n'), models);
  return 0;
}

/** `mint station activate`. Returns the exit code. */
export async function runActivate(address: string, text: string, { print }: CommandContext): Promise<number> {
  const [name = '', version = '', ...more] = text.split('/');
  if (name === '' || version === '' || more.length > 0)
    throw new MintError('INVALID_ARGUMENT', `${text}: expected <name>/<version>, such as parts/4.`);
  const { active } = await ask<{ active: Version }>(
    address,
    `/v1/models/${encodeURIComponent(name)}/active`,
    { version },
  );
  print(`${active.name}/${active.version} is in service`, active);
  return 0;
}

/** `mint station rollback`. Returns the exit code. */
export async function runRollback(address: string, name: string, { print }: CommandContext): Promise<number> {
  const { active } = await ask<{ active: Version }>(
    address,
    `/v1/models/${encodeURIComponent(name)}/rollback`,
    {},
  );
  print(`${active.name}/${active.version} is in service again`, active);
  return 0;
}

/** Asks a station. @throws MintError with what it says. */
async function ask<T>(address: string, path: string, body?: object): Promise<T> {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    throw new MintError('INVALID_ARGUMENT', `${address}: expected an address such as http://127.0.0.1:8080.`);
  const token = process.env.MINT_TOKEN;
  const headers = new Headers(body && { 'content-type': 'application/json' });
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const text = body && JSON.stringify(body);
  const answer = await fetch(new URL(path, address), {
    method: body ? 'POST' : 'GET',
    headers,
    body: text ?? null,
  }).catch((cause) => {
    const why = oneLine(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause);
    throw new MintError('UNAVAILABLE', `${address}: no station answers: ${why}.`, { cause });
  });
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw new MintError('UNAVAILABLE', `${address}: ${said.error?.message ?? `status ${answer.status}`}`);
}
