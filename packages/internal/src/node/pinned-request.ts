import type { LookupAddress } from 'node:dns';
import { Agent, get, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, get as secureGet } from 'node:https';
import type { LookupFunction } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** What {@link pinnedRequest} sends. */
export interface RequestSettings {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | null | undefined;
}

/** Requests a URL over a connection to one of these addresses, whatever its name resolves to by now. Redirects are not followed. */
export function pinnedRequest(
  url: URL,
  addresses: readonly LookupAddress[],
  { headers, signal }: RequestSettings,
): Promise<Response> {
  const [first] = addresses;
  const lookup: LookupFunction = (_name, { all }, done) => {
    if (all) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family);
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? secureGet : get;
    const agent = agentFor(url, addresses);
    send(url, { headers, lookup, agent, ...(signal ? { signal } : {}) }, (message) =>
      resolve(responseOf(message)),
    ).on('error', reject);
  });
}

/** So many servers are talked to at a time, with few exceptions. */
const MAX_AGENTS = 64;
const agents = new Map<string, Agent>();

/** Connections are used again for the same addresses only, not for the same name. */
function agentFor({ protocol }: URL, addresses: readonly LookupAddress[]): Agent {
  const key = [protocol, ...addresses.map(({ address }) => address)].join(' ');
  const known = agents.get(key);
  if (known !== undefined) return known;
  if (agents.size >= MAX_AGENTS) agents.clear();
  const settings = { keepAlive: true, timeout: 5000 };
  const agent = protocol === 'https:' ? new SecureAgent(settings) : new Agent(settings);
  agents.set(key, agent);
  return agent;
}

const DECODERS = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);
const WITHOUT_BODY = [204, 205, 304];

function responseOf(message: IncomingMessage): Response {
  const status = message.statusCode ?? 500;
  const headers = new Headers();
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2)
    headers.append(message.rawHeaders[i] ?? '', message.rawHeaders[i + 1] ?? '');
  if (WITHOUT_BODY.includes(status)) {
    message.resume();
    return new Response(null, { status, headers });
  }
  const decoder = DECODERS.get(headers.get('content-encoding') ?? '')?.();
  if (decoder === undefined) return new Response(webStream(message), { status, headers });
  headers.delete('content-length');
  // An error reaches the reader through the decoder.
  return new Response(webStream(pipeline(message, decoder, () => undefined)), { status, headers });
}

const webStream = (stream: Readable) => Readable.toWeb(stream) as ReadableStream<Uint8Array<ArrayBuffer>>;
