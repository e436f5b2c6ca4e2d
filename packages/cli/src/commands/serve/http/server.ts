import { randomUUID } from 'node:crypto';
// light-my-request stands in package.json for its version alone: fastify would take a later one, which needs Node 22.
import fastify, { type FastifyInstance } from 'fastify';
import type { Recorder } from '../../../scoring/recorder.js';
import { type AccessRule, guard } from '../access/access.js';
import { stopping } from '../errors.js';
import type { Engine } from '../scoring/engine.js';
import { Station } from '../scoring/station.js';
import { answerBadUrl, answerErrors, refuseConnection } from './error-handling.js';
import { Intake } from './intake.js';
import { createMetrics, type Metrics } from './metrics.js';
import { openApi, RESPONSES } from './openapi.js';
import { addPredictRoute } from './predict-route.js';
import { acceptImages, MAX_FILES } from './uploads.js';

/** Connections at once; more are closed. Each may hold a few kilobytes before it has sent anything of use. */
export const MAX_CONNECTIONS = 1000;

/** Options of {@link createServer}. */
export interface ServerOptions {
  /** Images at once in the network. */
  readonly batchSize: number;
  /** Images being decoded at once. */
  readonly readers: number;
  /** Images of all requests at once; more are refused with 429, and so are more bytes than {@link MAX_FILES} of the largest files. */
  readonly queue: number;
  /** Bytes of an image file. */
  readonly maxBytes: number;
  /** Milliseconds for a request to arrive, and for its answer to be ready. */
  readonly timeout: number;
  /** Milliseconds from a failed self-test to the next. @defaultValue 5000 */
  readonly retryAfter?: number | undefined;
  /** Gets each decision before its answer is sent. @defaultValue no record is kept */
  readonly recorder?: Recorder | undefined;
  /** Who may do what. @defaultValue everybody on this machine may do everything */
  readonly access?: AccessRule | undefined;
  /** Gets what an operator should know. */
  readonly say: (text: string) => void;
}

/**
 * The HTTP server, not yet listening. `close()` takes no more requests, finishes those under way, and ends the scoring; the engine
 * is the caller's.
 */
export async function createServer(engine: Engine, options: ServerOptions): Promise<FastifyInstance> {
  const { batchSize, readers, queue, maxBytes, timeout, say, retryAfter, recorder } = options;
  const { access = { kind: 'loopback' } } = options;
  const { model } = engine;
  const intake = new Intake({ images: queue, bytes: MAX_FILES * maxBytes });
  const station = new Station(engine, {
    batchSize,
    readers,
    retryAfter,
    say,
    onBatch: (images, seconds) => {
      intake.measured(images, seconds);
      metrics.batches.observe(images);
    },
  });
  const metrics = createMetrics({ station, intake });
  const app = fastify({
    requestTimeout: timeout,
    // Node looks for late requests only so often.
    http: { headersTimeout: timeout, connectionsCheckingInterval: Math.min(1000, timeout / 4) },
    ajv: { customOptions: { removeAdditional: false } },
    genReqId: () => randomUUID(),
    frameworkErrors: answerBadUrl,
    clientErrorHandler: refuseConnection,
    return503OnClosing: false,
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.addHook('onRequest', async ({ id }, reply) => void reply.header('x-request-id', id));
  await acceptImages(app, maxBytes);
  answerErrors(app, say);
  guard(app, access);
  const isDraining = drain(app, station);
  measureRequests(app, metrics);
  addPredictRoute(app, { model, station, intake, metrics, recorder }, { maxBytes, timeout });
  for (const path of HEALTH_PATHS) {
    app.get(path, { config: { role: 'public' }, schema: { response: RESPONSES.health } }, (_, reply) => {
      const status = isDraining() ? 'draining' : station.inService ? 'ready' : 'failing';
      return reply.code(status === 'ready' ? 200 : 503).send({ status, classes: model.classes });
    });
  }
  app.get('/metrics', { config: { role: 'operator', anyHost: true } }, async (_, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  app.get('/openapi.json', { config: { role: 'public' } }, () => openApi(MAX_FILES));
  return app;
}

/** Two names for one answer: the second is what orchestrators look for. */
const HEALTH_PATHS: readonly string[] = ['/healthz', '/readyz'];

/** Lets the server finish the requests under way when it closes. Returns whether it is closing. */
function drain(app: FastifyInstance, station: Station): () => boolean {
  let draining = false;
  app.addHook('preClose', async () => {
    draining = true;
  });
  app.addHook('onClose', () => station.close());
  app.addHook('onRequest', async (request) => {
    if (draining && !HEALTH_PATHS.includes(request.routeOptions.url ?? '')) throw stopping();
  });
  app.addHook('onSend', async (_, reply) => {
    if (draining) reply.header('connection', 'close');
  });
  return () => draining;
}

function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const path = request.routeOptions.url ?? 'other';
    metrics.requests.inc({ path, status: reply.statusCode });
    metrics.seconds.observe({ path }, reply.elapsedTime / 1000);
  });
}
