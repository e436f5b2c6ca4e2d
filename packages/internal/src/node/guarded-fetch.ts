import { MintError } from '../error.js';
import { pinnedRequest } from './pinned-request.js';
import { resolveHost } from './private-address.js';

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Settings of {@link guardedFetch}. */
export interface GuardedFetchOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Headers for the origin of the URL only, such as credentials. */
  readonly ownHeaders?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | null | undefined;
  /** A redirect may lead from a public address to a private one. @defaultValue false */
  readonly allowPrivate?: boolean | undefined;
}

/** The address without its query, which may be a signature. */
const nameOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

/**
 * Fetches a URL. Each name is resolved once, and the connection goes to the addresses that were checked. Redirects are followed, at
 * most 5: never from https to http, and from a public address to a private one only with `allowPrivate`.
 *
 * @throws MintError `UNAVAILABLE` for a redirect that is refused; errors of Node.js when the server cannot be reached.
 */
export async function guardedFetch(
  start: URL,
  { headers = {}, ownHeaders = {}, signal, allowPrivate = false }: GuardedFetchOptions = {},
): Promise<Response> {
  const refused = (why: string) => new MintError('UNAVAILABLE', `${nameOf(start)}: ${why}.`);
  let url = start;
  let wasOutside = false;
  for (let redirects = 0; ; redirects++) {
    const { addresses, isPrivate } = await resolveHost(url.hostname);
    if (wasOutside && isPrivate && !allowPrivate)
      throw refused(
        `redirects from a public address to a private one, ${url.host}; set \`allowPrivate\` if that is right`,
      );
    wasOutside ||= !isPrivate;
    const own = url.origin === start.origin ? ownHeaders : {};
    const response = await pinnedRequest(url, addresses, { headers: { ...own, ...headers }, signal });
    const location = response.headers.get('location');
    if (!REDIRECTS.includes(response.status) || location === null) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    const isSafe = next?.protocol === 'https:' || (next?.protocol === 'http:' && url.protocol === 'http:');
    if (next === undefined || !isSafe) throw refused('redirects to an address that is not safe');
    if (redirects === MAX_REDIRECTS) throw refused(`redirects more than ${MAX_REDIRECTS} times`);
    url = next;
  }
}
