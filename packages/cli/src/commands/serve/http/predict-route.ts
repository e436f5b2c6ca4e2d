import { MintError } from '@mint/internal';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { assertClass } from '../../../scoring/decisions.js';
import type { Recorder } from '../../../scoring/recorder.js';
import { notRecorded } from '../errors.js';
import type { ModelFacts, Question } from '../scoring/engine.js';
import type { Station } from '../scoring/station.js';
import { deadline, untilAborted } from './deadline.js';
import type { Intake, Place } from './intake.js';
import type { Metrics } from './metrics.js';
import { QUERY, RESPONSES } from './openapi.js';
import { type Received, uploads } from './uploads.js';

/** What {@link addPredictRoute} works with. */
interface Parts {
  readonly model: ModelFacts;
  readonly station: Station;
  readonly intake: Intake;
  readonly metrics: Metrics;
  /** Gets each decision before its answer is sent. Default: no record is kept. */
  readonly recorder: Recorder | undefined;
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
  { model, station, intake, metrics, recorder }: Parts,
  { maxBytes, timeout }: Options,
): void {
  const score = async ({ name, bytes, place }: Received, question: Question, signal: AbortSignal) => {
    const began = performance.now();
    const { decision, heatmap, imageHash } = await station.score({ name, bytes }, question, signal);
    const milliseconds = performance.now() - began;
    await recorder?.record({ source: name, imageHash, decision, milliseconds }).catch((error: unknown) => {
      throw notRecorded(error);
    });
    metrics.images.inc({ class: decision.class ?? '', decision: decision.decision });
    place.resize(COPIES * (heatmap?.length ?? 0));
    const result = { picture: name, ...decision };
    return heatmap === undefined ? result : { ...result, heatmap: Buffer.from(heatmap).toString('base64') };
  };

  app.post<{ Querystring: Query }>(
    '/v1/predict',
    {
      config: { role: 'operator', anyHost: true },
      schema: { querystring: QUERY, response: RESPONSES.predict },
    },
    async (request, reply) => {
      const { class: className, heatmap } = request.query;
      assertQuestion(model, { className, heatmap });
      const signal = deadline(request, reply, timeout);
      const places: Place[] = [];
      const scoring: Promise<object>[] = [];
      const work = async () => {
        const images: Received[] = [];
        const onEnter = (place: Place) => places.push(place);
        for await (const image of uploads(request, { intake, maxBytes, onEnter })) images.push(image);
        for (const image of images.splice(0)) scoring.push(score(image, { className, heatmap }, signal));
        return { pictures: await Promise.all(scoring), ms: reply.elapsedTime };
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

function assertQuestion(model: ModelFacts, { className, heatmap }: Question): void {
  assertClass(model.classes, className);
  if (heatmap && !model.heatmaps) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'heatmap: the model has no calibration, so its heat maps have no scale.',
    );
  }
}
