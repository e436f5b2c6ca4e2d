import type { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
// light-my-request stands in package.json for its version alone: fastify would take a later one, which needs Node 22.
import fastify, { type FastifyInstance } from 'fastify';
import { answerErrors, refuseConnection } from './error-handling.js';
import { Intake } from './intake.js';
import { createMetrics, type Metrics } from './metrics.js';
import { openApi, RESPONSES } from './openapi.js';
import { addPredictRoute } from './predict-route.js';
import { createScorer, type Scorer } from './scorer.js';
import { acceptImages, MAX_FILES } from './uploads.js';

/** Connections at once; more are closed. Each may hold a few kilobytes before it has sent anything of use. */
const MAX_CONNECTIONS = 1000;

/** Options of {@link createServer}. */
export interface ServerOptions {
  /** Images at once in the network. */
  readonly batchSize: number;
  /** Images of all requests at once; more are refused with 429. Bounds the memory, together with `maxBytes`. */
  readonly queue: number;
  /** Bytes of an image file. */
  readonly maxBytes: number;
  /** Width times height of an image. */
  readonly maxPixels: number;
  /** Milliseconds for a request to arrive, and for its answer to be ready. */
  readonly timeout: number;
  /** Gets what an operator should know. */
  readonly say: (text: string) => void;
}

/**
 * The HTTP server, not yet listening. `close()` takes no more requests, finishes those under way, and ends the scoring.
 */
export async function createServer(detector: MintDetector, options: ServerOptions): Promise<FastifyInstance> {
  const { batchSize, queue, maxBytes, maxPixels, timeout, say } = options;
  const intake = new Intake(queue);
  const scorer = createScorer(detector, {
    batchSize,
    maxPixels,
    onBatch: (images, seconds) => {
      intake.measured(images, seconds);
      metrics.batches.observe(images);
    },
  });
  const metrics = createMetrics({ waiting: scorer.waiting, underWay: () => intake.underWay });
  const app = fastify({
    requestTimeout: timeout,
    // Node looks for late requests only so often.
    http: { headersTimeout: timeout, connectionsCheckingInterval: Math.min(1000, timeout / 4) },
    ajv: { customOptions: { removeAdditional: false } },
    clientErrorHandler: refuseConnection,
    return503OnClosing: false,
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  await acceptImages(app, maxBytes);
  answerErrors(app, say);
  const isDraining = drain(app, scorer);
  measureRequests(app, metrics);
  addPredictRoute(app, { detector, scorer, intake, metrics }, { maxBytes, timeout, say });
  app.get('/healthz', { schema: { response: RESPONSES.health } }, (_, reply) => {
    const status = isDraining() ? 'draining' : scorer.healthy() ? 'ready' : 'failing';
    return reply.code(status === 'ready' ? 200 : 503).send({ status, classes: detector.config.classes });
  });
  app.get('/metrics', async (_, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  app.get('/openapi.json', () => openApi(MAX_FILES));
  return app;
}

/** Lets the server finish the requests under way when it closes. Returns whether it is closing. */
function drain(app: FastifyInstance, scorer: Scorer): () => boolean {
  let draining = false;
  app.addHook('preClose', async () => {
    draining = true;
  });
  app.addHook('onClose', scorer.close);
  app.addHook('onRequest', async (request) => {
    if (draining && request.routeOptions.url !== '/healthz')
      throw new MintError('UNAVAILABLE', 'the server is stopping and takes no more requests.');
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
