import { randomUUID } from 'node:crypto';
// light-my-request stands in package.json for its version alone: fastify would take a later one, which needs Node 22.
import fastify, { type FastifyInstance } from 'fastify';
import type { Publisher } from '../../../messages/publisher.js';
import type { Recorder } from '../../../scoring/recorder.js';
import { type AccessRule, guard } from '../access/access.js';
import { stopping } from '../errors.js';
import { obeyBy } from '../models/commands.js';
import type { Version } from '../models/store.js';
import { createSwitch, type Models } from '../models/switch.js';
import type { Engine } from '../scoring/engine.js';
import { Service } from '../scoring/service.js';
import { answerBadUrl, answerErrors, refuseConnection } from './error-handling.js';
import { Intake } from './intake.js';
import { createMetrics, type Metrics } from './metrics.js';
import { addModelRoutes } from './model-routes.js';
import { openApi, RESPONSES } from './openapi.js';
import { addPredictRoute } from './predict-route.js';
import type { PageFiles } from './station/page-files.js';
import { addPageRoutes } from './station/page-routes.js';
import { Recent } from './station/recent.js';
import { addStationRoutes } from './station/routes.js';
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
  /** Gets each decision for others. @defaultValue nobody is told */
  readonly publisher?: Publisher | undefined;
  /** Who may do what. @defaultValue everybody on this machine may do everything */
  readonly access?: AccessRule | undefined;
  /** Where other models are, and how one of them is made ready. @defaultValue there is one model, and it stays */
  readonly models?: Models | undefined;
  /** Which of them to score beside the one in service. @defaultValue none */
  readonly shadow?: Version | undefined;
  /** The files of the page, when somebody asks for them. @defaultValue no page */
  readonly page?: (() => Promise<PageFiles>) | undefined;
  /** Gets what an operator should know. */
  readonly say: (text: string) => void;
}

/**
 * The HTTP server, not yet listening. `close()` takes no more requests, finishes those under way, and closes the engine.
 */
export async function createServer(engine: Engine, options: ServerOptions): Promise<FastifyInstance> {
  const { batchSize, readers, queue, maxBytes, timeout, say, retryAfter, recorder } = options;
  const { access = { kind: 'loopback' }, page, models, shadow, publisher } = options;
  const intake = new Intake({ images: queue, bytes: MAX_FILES * maxBytes });
  const service = new Service(engine, {
    batchSize,
    readers,
    retryAfter,
    say,
    onBatch: (images, seconds) => {
      intake.measured(images, seconds);
      metrics.batches.observe(images);
    },
  });
  const metrics = createMetrics({ service, intake });
  const app = fastify({
    requestTimeout: timeout,
    // Node looks for late requests only so often, and compares the two limits before Fastify has set its own.
    http: {
      requestTimeout: timeout,
      headersTimeout: timeout,
      connectionsCheckingInterval: Math.min(1000, timeout / 4),
    },
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
  const isDraining = drain(app, service);
  measureRequests(app, metrics);
  const recent = new Recent();
  addPredictRoute(app, { service, intake, metrics, recorder, publisher, recent, say }, { maxBytes, timeout });
  await addStationRoutes(app, { engine: service, recorder, recent, say });
  const changes = createSwitch({ models, service, recorder, say });
  await addModelRoutes(app, changes);
  await publisher?.obey(obeyBy(changes));
  if (shadow !== undefined) await changes.setShadow(shadow, 'command line');
  if (page !== undefined) addPageRoutes(app, page);
  addHealthRoutes(app, { service, metrics, isDraining });
  app.get('/openapi.json', { config: { role: 'public' } }, () => openApi(MAX_FILES));
  return app;
}

/** Two names for one answer: the second is what orchestrators look for. */
const HEALTH_PATHS: readonly string[] = ['/healthz', '/readyz'];

/** Adds the routes for those who watch the server. */
function addHealthRoutes(
  app: FastifyInstance,
  { service, metrics, isDraining }: { service: Service; metrics: Metrics; isDraining: () => boolean },
): void {
  for (const path of HEALTH_PATHS) {
    app.get(path, { config: { role: 'public' }, schema: { response: RESPONSES.health } }, (_, reply) => {
      const status = isDraining() ? 'draining' : service.inService ? 'ready' : 'failing';
      return reply.code(status === 'ready' ? 200 : 503).send({ status, classes: service.model.classes });
    });
  }
  app.get('/metrics', { config: { role: 'operator', anyHost: true } }, async (_, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
}

/** Lets the server finish the requests under way when it closes. Returns whether it is closing. */
function drain(app: FastifyInstance, service: Service): () => boolean {
  let draining = false;
  app.addHook('preClose', async () => {
    draining = true;
  });
  app.addHook('onClose', () => service.close());
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
