import { hostname } from 'node:os';
import { MintError } from '@mint/internal';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { messageOf } from '../../../messages/message.js';
import type { Publisher } from '../../../messages/publisher.js';
import { assertClass } from '../../../scoring/decisions.js';
import { type ModelId, versionOf } from '../../../scoring/model-id.js';
import type { Recorder } from '../../../scoring/recorder.js';
import { notRecorded } from '../errors.js';
import { recordShadow } from '../models/shadow.js';
import type { Question } from '../scoring/engine.js';
import type { Service } from '../scoring/service.js';
import { deadline, untilAborted } from './deadline.js';
import type { Intake, Place } from './intake.js';
import type { Metrics } from './metrics.js';
import { QUERY, RESPONSES } from './openapi.js';
import type { Recent } from './station/recent.js';
import { shownNow } from './station/shown.js';
import { type Received, uploads } from './uploads.js';

/** What {@link addPredictRoute} works with. */
interface Parts {
  readonly service: Service;
  readonly intake: Intake;
  readonly metrics: Metrics;
  /** Gets each decision before its answer is sent. Default: no record is kept. */
  readonly recorder: Recorder | undefined;
  /** Gets each decision for people to look at. */
  readonly recent: Recent;
  /** Gets each decision for others. Default: nobody is told. */
  readonly publisher: Publisher | undefined;
  readonly say: (text: string) => void;
}

/** Options of {@link addPredictRoute}; see `ServerOptions`. */
interface Options {
  readonly maxBytes: number;
  readonly timeout: number;
}

interface Query {
  readonly class?: string | undefined;
  readonly heatmap: boolean;
}

/** Copies of a heat map in memory until it is sent: the PNG, its base64 text, the answer's text and its bytes. */
const COPIES = 5;

/** Adds `POST /v1/predict`: scores the images of a request. */
export function addPredictRoute(
  app: FastifyInstance,
  { service, intake, metrics, recorder, publisher, recent, say }: Parts,
  { maxBytes, timeout }: Options,
): void {
  const score = async ({ name, bytes, place }: Received, question: Question, signal: AbortSignal) => {
    const began = performance.now();
    const copy = recorder && service.copyForShadow({ name, bytes }, question);
    const scored = await service.score({ name, bytes }, question, signal).catch((error: unknown) => {
      copy?.drop();
      throw error;
    });
    const { decision, heatmap, imageHash, picture, measured, model } = scored;
    const milliseconds = performance.now() - began;
    const made = { source: name, imageHash, milliseconds, model };
    const item = { ...made, decision, picture, measured };
    const id = await recorder?.record(item).catch((error: unknown) => {
      copy?.drop();
      throw notRecorded(error);
    });
    publisher?.publish(messageOf(item, { id, station: publisher.station }));
    recent.add(shownNow(made, scored, { id, station: recorder?.station ?? hostname() }), picture);
    if (copy !== undefined && recorder !== undefined && id !== undefined)
      service.alongside(recordShadow(copy, id, recorder, say));
    else copy?.drop();
    metrics.images.inc({ class: decision.class ?? '', decision: decision.decision });
    place.resize(COPIES * (heatmap?.length ?? 0));
    const text = heatmap && Buffer.from(heatmap).toString('base64');
    return { model, result: { picture: name, ...decision, heatmap: text } };
  };

  app.post<{ Querystring: Query }>(
    '/v1/predict',
    {
      config: { role: 'operator', anyHost: true },
      schema: { querystring: QUERY, response: RESPONSES.predict },
    },
    async (request, reply) => {
      const { class: className, heatmap } = request.query;
      assertQuestion(service.model, { className, heatmap });
      const signal = deadline(request, reply, timeout);
      const places: Place[] = [];
      const scoring: ReturnType<typeof score>[] = [];
      const work = async () => {
        const images: Received[] = [];
        const onEnter = (place: Place) => places.push(place);
        for await (const image of uploads(request, { intake, maxBytes, onEnter })) images.push(image);
        for (const image of images.splice(0)) scoring.push(score(image, { className, heatmap }, signal));
        const scored = await Promise.all(scoring);
        // All were taken in one turn, so one model has answered.
        const model = shownModel(scored[0]?.model ?? service.id);
        return { pictures: scored.map(({ result }) => result), model, ms: reply.elapsedTime };
      };
      const working = work();
      void gone(reply, working, scoring).then(() => {
        for (const { leave } of places) leave();
      });
      return Promise.race([working, untilAborted(signal)]);
    },
  );
}

/** When nothing of a request is held any more: its work has ended, and its answer is sent or its client has gone. */
async function gone(
  { raw }: FastifyReply,
  working: Promise<unknown>,
  scoring: readonly Promise<unknown>[],
): Promise<void> {
  const closed =
    raw.closed || raw.destroyed ? undefined : new Promise((resolve) => raw.once('close', resolve));
  await Promise.allSettled([working]);
  await Promise.allSettled(scoring);
  await closed;
}

const shownModel = (model: ModelId) => ({ version: versionOf(model), hash: model.hash });

function assertQuestion(model: Service['model'], { className, heatmap }: Question): void {
  assertClass(model.classes, className);
  if (heatmap && !model.heatmaps) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'heatmap: the model has no calibration, so its heat maps have no scale.',
    );
  }
}
