import type { FastifyInstance, FastifyRequest } from 'fastify';
import { forbidden, foreignPage, unauthorized } from '../errors.js';
import type { FindHolder } from './token-file.js';
import type { Role } from './tokens.js';

/** Who asks. */
export interface Person {
  readonly name: string;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Who may use a route. Every route states it: `app.get(path, { config: { role: 'operator' } }, …)`.
     *
     * - `public`: everybody, also without a token: health, the API's description, the page's own files. Nothing of the record.
     * - `operator`: scores images, reads the record, gives verdicts.
     * - `engineer`: changes limits, regions of interest and models.
     *
     * A route that states none is an engineer's: what is forgotten is closed.
     */
    role?: 'public' | Role;
    /** Without tokens, the route also answers under other names than this machine's own, as behind a proxy. @defaultValue false */
    anyHost?: boolean;
  }
  interface FastifyRequest {
    /** Who asks: the name goes into verdicts and into the audit. Without tokens, `local`, an engineer. */
    person: Person;
  }
}

const LOCAL: Person = { name: 'local', role: 'engineer' };
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/** Whether only this machine can reach an address. */
export const isLoopback = (host: string): boolean => LOOPBACK.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);

/** How requests are checked. */
export type AccessRule =
  | { readonly kind: 'tokens'; readonly find: FindHolder }
  /** This machine alone can connect. Pages of other origins in its browsers are still refused. */
  | { readonly kind: 'loopback' }
  /** Somebody else checks, such as a proxy in front. */
  | { readonly kind: 'open' };

/**
 * Checks each request against the role of its route before its body is read: 401 without a valid token, 403 with one of the wrong
 * role. A token comes as `Authorization: Bearer <token>`, never as a cookie, so no other page can use it.
 */
export function guard(app: FastifyInstance, rule: AccessRule): void {
  app.decorateRequest('person');
  app.addHook('onRequest', async (request) => {
    const { role = 'engineer', anyHost = false } = request.routeOptions.config;
    request.person = LOCAL;
    // An unknown path says so to everybody.
    if (role === 'public' || request.is404) return;
    if (rule.kind === 'tokens') request.person = await holderOf(request, rule.find, role);
    else if (isForeign(request, rule.kind === 'open' || anyHost)) throw foreignPage();
  });
}

async function holderOf({ headers }: FastifyRequest, find: FindHolder, role: Role): Promise<Person> {
  const [, token] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  const holder = token === undefined ? undefined : await find(token);
  if (holder === undefined) throw unauthorized();
  if (role === 'engineer' && holder.role !== 'engineer') throw forbidden(holder.name, role);
  return { name: holder.name, role: holder.role };
}

/**
 * Whether a request comes from a page of another origin in a browser: its `Origin` is not the host that it asks, or that host is a
 * name which a stranger has made to point here.
 */
function isForeign({ headers }: FastifyRequest, anyHost: boolean): boolean {
  const host = headers.host ?? '';
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return true;
  return !anyHost && !isLoopback(host.replace(/:\d+$/, ''));
}
