import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a {@link hubServer} does next, instead of what it should. */
type Fault =
  | { readonly kind: 'status'; readonly status: number }
  /** Closes the connection after this many bytes of the content. */
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'wrong-bytes' }
  | { readonly kind: 'no-ranges' };

export interface HubServer {
  readonly url: string;
  /** Requests so far: method, path and the range that was asked for. */
  readonly requests: { readonly path: string; readonly range: string | undefined; readonly token: string | undefined }[];
  /** Applied to requests for the hub, one each, in order. */
  readonly hubFaults: Fault[];
  /** Applied to requests for bytes, one each, in order. */
  readonly fileFaults: Fault[];
  readonly commit: string;
  close(): Promise<void>;
}

/**
 * A hub on loopback: `/<repo>/resolve/<revision>/<file>` redirects to `/cdn/<hash>`, as the real one does.
 *
 * @param store - Another server of this kind, which has the bytes.
 */
export async function hubServer(
  content: Buffer,
  { file = 'model.safetensors', store = '' }: { readonly file?: string; readonly store?: string } = {},
): Promise<HubServer> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const commit = '0123456789abcdef0123456789abcdef01234567';
  const [requests, hubFaults, fileFaults]: [HubServer['requests'], Fault[], Fault[]] = [[], [], []];

  const sendFile = (request: IncomingMessage, response: ServerResponse) => {
    // The question how many bytes there are asks for the first one.
    const fault = request.headers.range === 'bytes=0-0' ? undefined : fileFaults.shift();
    if (fault?.kind === 'status') return void response.writeHead(fault.status).end();
    const body = fault?.kind === 'wrong-bytes' ? Buffer.alloc(content.length, 7) : content;
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const ranged = request.headers.range !== undefined && fault?.kind !== 'no-ranges';
    const [begin, end] = ranged ? [Number(from), to === '' ? body.length : Number(to) + 1] : [0, body.length];
    const range = { 'content-range': `bytes ${begin}-${end - 1}/${body.length}` };
    response.writeHead(ranged ? 206 : 200, {
      'content-length': end - begin,
      etag: '"of-the-store"',
      ...(ranged ? range : {}),
    });
    if (fault?.kind !== 'cut') return void response.end(body.subarray(begin, end));
    response.write(body.subarray(begin, begin + fault.after), () => setTimeout(() => response.destroy(), 20));
  };

  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push({ path, range: request.headers.range, token: request.headers.authorization });
    if (path === `/cdn/${sha256}`) return sendFile(request, response);
    const fault = hubFaults.shift();
    if (fault?.kind === 'status') {
      response.writeHead(fault.status, { 'content-type': 'application/json' });
      return void response.end('{"error":"no"}');
    }
    if (!path.endsWith(`/${file}`)) {
      response.writeHead(404, { 'x-error-code': 'EntryNotFound' });
      return void response.end();
    }
    response.writeHead(302, {
      location: `${store}/cdn/${sha256}`,
      'x-repo-commit': commit,
      'x-linked-etag': `"${sha256}"`,
      'x-linked-size': String(content.length),
    });
    response.end();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    hubFaults,
    fileFaults,
    commit,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}
