import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { noPage, noSuchPath } from '../../errors.js';
import type { PageFiles } from './page-files.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page runs its own files, talks to its own server, and shows images that it has fetched there; nothing else. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Adds the page at `/`. Its files hold nothing of the record, so they need no token. */
export function addPageRoutes(app: FastifyInstance, load: () => Promise<PageFiles>): void {
  let loading: Promise<PageFiles> | undefined;
  const files = () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw noPage(error);
    });
    return loading;
  };
  const send = async (reply: FastifyReply, path: string, cache: string) => {
    const file = (await files()).get(path);
    if (file === undefined) throw noSuchPath('GET', `/${path}`);
    return reply
      .type(TYPES[extname(path)] ?? 'application/octet-stream')
      .headers({
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': cache,
      })
      .send(file);
  };
  const config = { role: 'public' } as const;
  app.get('/', { config }, (_, reply) => send(reply, 'index.html', 'no-cache'));
  // Their names change with their content.
  app.get<{ Params: { readonly file: string } }>('/assets/:file', { config }, ({ params }, reply) =>
    send(reply, `assets/${params.file}`, 'public, max-age=31536000, immutable'),
  );
}
