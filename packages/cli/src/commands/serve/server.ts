import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { MintDetector } from '@mint/detector';
import { MintError, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
// light-my-request stands in package.json for its version alone: fastify would take a later one, which needs Node 22.
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { overlayOf } from '../../output/overlays.js';
import { assertClass, createJudge } from '../../scoring/scoring.js';
import { busy, errorAnswer, gone, Refusal, tooLate, tooSlow } from './errors.js';
import { createMetrics } from './metrics.js';
import { openApi, QUERY, RESPONSES } from './openapi.js';
import { createScorer } from './scorer.js';

/** Files in one request. */
const MAX_FILES = 16;

/** Connections at once; more are closed. Each may hold a few kilobytes before it has sent anything of use. */
const MAX_CONNECTIONS = 1000;

export interface ServerOptions {
  /** Images at once in the network. */
  readonly batchSize: number;
  /** Images of all requests that are under way; more are refused with 429. Bounds the memory, with `maxBytes`. */
  readonly queue: number;
  /** Bytes of an image file. */
  readonly maxBytes: number;
  /** Width times height of an image. */
  readonly maxPixels: number;
  /** Milliseconds for a request to arrive, and for its answer to be ready. */
  readonly timeout: number;
  /** Told what an operator should know. */
  readonly say: (text: string) => void;
}

interface UploadedImage {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The HTTP server, not yet listening. `close()` takes no more requests, finishes those under way, and ends the scoring.
 */
export async function createServer(detector: MintDetector, options: ServerOptions): Promise<FastifyInstance> {
  const { batchSize, queue, maxBytes, maxPixels, timeout, say } = options;
  const judge = createJudge(detector, say);
  /** Images of requests under way, read or being read. */
  let underWay = 0;
  let secondsPerImage = 0;
  const scorer = createScorer(detector, {
    batchSize,
    maxPixels,
    onBatch: (images, seconds) => {
      secondsPerImage = seconds / Math.max(1, images);
      metrics.batches.observe(images);
    },
  });
  const metrics = createMetrics({ waiting: scorer.waiting, underWay: () => underWay });
  const app = fastify({
    requestTimeout: timeout,
    // Node looks for late requests only so often.
    http: { headersTimeout: timeout, connectionsCheckingInterval: Math.min(1000, timeout / 4) },
    ajv: { customOptions: { removeAdditional: false } },
    clientErrorHandler: refuseConnection,
    return503OnClosing: false,
  });
  app.server.maxConnections = MAX_CONNECTIONS;

  // Bodies are read by the handler, once it is clear that there is room for them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^image\/|^application\/octet-stream/, (_, payload, done) => done(null, payload));
  await app.register(multipart, {
    throwFileSizeLimit: true,
    limits: { fileSize: maxBytes, files: MAX_FILES, fields: 0, headerPairs: 20 },
  });

  app.setErrorHandler((error, request, reply) => {
    const { status, body } = errorAnswer(error);
    if (status >= 500) say(`${request.method} ${request.url}: ${oneLine(error)}`);
    if (error instanceof Refusal && error.retryAfter !== undefined)
      reply.header('retry-after', error.retryAfter);
    if (status === 408) reply.header('connection', 'close');
    else {
      // The rest of a body is read and forgotten: a client that still sends would not see the answer.
      request.raw.unpipe();
      request.raw.resume();
    }
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const { body } = errorAnswer(
      new MintError('NOT_FOUND', `there is no ${request.method} ${request.url}; see /openapi.json.`),
    );
    return reply.code(404).send(body);
  });
  let draining = false;
  app.addHook('preClose', async () => {
    draining = true;
  });
  app.addHook('onClose', scorer.close);
  app.addHook('onRequest', async (request) => {
    if (draining && request.routeOptions.url !== '/healthz')
      throw new MintError('UNAVAILABLE', 'the server stops and takes no more requests.');
  });
  app.addHook('onSend', async (_, reply) => {
    if (draining) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    const path = request.routeOptions.url ?? 'other';
    metrics.requests.inc({ path, status: reply.statusCode });
    metrics.seconds.observe({ path }, reply.elapsedTime / 1000);
  });

  const enter = () => {
    if (underWay >= queue) throw busy(underWay, Math.max(1, Math.ceil(underWay * secondsPerImage)));
    underWay += 1;
  };

  app.post<{ Querystring: { class?: string; heatmap: boolean } }>(
    '/v1/predict',
    { schema: { querystring: QUERY, response: RESPONSES.predict } },
    async (request, reply) => {
      const { class: given, heatmap } = request.query;
      assertClass(detector, given);
      const signal = wanted(request, reply, timeout);
      const scoreOne = async ({ name, bytes }: UploadedImage) => {
        const file = { name, read: async () => bytes, ...(given === undefined ? {} : { className: given }) };
        const scored = await scorer.score(file, signal);
        const verdict = judge(scored, given);
        metrics.images.inc({ class: verdict.class ?? '', decision: verdict.decision });
        if (!heatmap) return { picture: name, ...verdict };
        const png = overlayOf(detector, { ...scored, sample: { id: name, className: given ?? '' } });
        return { picture: name, ...verdict, heatmap: Buffer.from(png).toString('base64') };
      };
      const work = async () => {
        let entered = 0;
        const accept = () => {
          enter();
          entered += 1;
        };
        try {
          const uploads: UploadedImage[] = [];
          for await (const upload of uploaded(request, maxBytes, accept)) uploads.push(upload);
          const pictures = await Promise.all(uploads.map(scoreOne));
          return { pictures, ms: reply.elapsedTime };
        } finally {
          underWay -= entered;
        }
      };
      return Promise.race([work(), untilAborted(signal)]);
    },
  );

  app.get('/healthz', { schema: { response: RESPONSES.health } }, (_, reply) => {
    const status = draining ? 'draining' : scorer.healthy() ? 'ready' : 'failing';
    return reply.code(status === 'ready' ? 200 : 503).send({ status, classes: detector.config.classes });
  });
  app.get('/metrics', async (_, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  app.get('/openapi.json', () => openApi(MAX_FILES));

  return app;
}

/** A signal that aborts when the time for a request is over, its client has gone, or it is answered. */
function wanted(request: FastifyRequest, reply: FastifyReply, timeout: number): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    // Answered, but nobody takes the answer.
    if (reply.sent) request.raw.socket.destroy();
    controller.abort(request.raw.complete ? tooLate() : tooSlow());
    // Once it is answered, Node does not end a request that has not arrived, and its reader would wait for ever.
    reply.raw.once('close', () => request.raw.destroy());
  }, timeout);
  reply.raw.once('close', () => {
    clearTimeout(timer);
    controller.abort(gone());
  });
  return controller.signal;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/**
 * The images in a request's body.
 *
 * @param enter - Called before an image is read; may refuse it.
 */
async function* uploaded(
  request: FastifyRequest,
  maxBytes: number,
  enter: () => void,
): AsyncGenerator<UploadedImage> {
  if (!request.isMultipart()) {
    enter();
    const body = request.body instanceof Readable ? request.body : Readable.from([]);
    yield { name: 'body', bytes: await collect(body, maxBytes) };
    return;
  }
  let files = 0;
  const forms = request.files();
  for (;;) {
    const { value: file, done } = await forms.next().catch(brokenForm);
    if (done) break;
    files += 1;
    enter();
    yield { name: file.filename, bytes: await file.toBuffer().catch(brokenForm) };
  }
  if (files === 0)
    throw new MintError('INVALID_ARGUMENT', 'expected at least one file in the form, it has none.');
}

/** What the parser throws has a status where a limit is the reason, and none where the form is not one. */
function brokenForm(error: unknown): never {
  if (typeof error === 'object' && error !== null && 'statusCode' in error) throw error;
  throw new MintError('INVALID_ARGUMENT', `the form cannot be read: ${oneLine(error)}.`, { cause: error });
}

async function collect(body: Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop must not destroy the connection that the answer goes through.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > maxBytes)
      throw new MintError(
        'IMAGE_TOO_LARGE',
        `body: the file has more than ${maxBytes} bytes, which is the limit.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Answers what is not even a request: not HTTP, or not there in time. */
function refuseConnection(error: Error, socket: Socket): void {
  const code = errorCode(error);
  if (code !== 'ECONNRESET' && socket.writable) {
    const { status, body } = errorAnswer(
      code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? tooSlow()
        : code === 'HPE_HEADER_OVERFLOW'
          ? { statusCode: 431, message: 'the headers are too long' }
          : { statusCode: 400, message: 'expected HTTP/1.1' },
    );
    const text = JSON.stringify(body);
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }
  socket.destroySoon();
}
