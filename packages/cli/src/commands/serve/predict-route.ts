import type { MintDetector } from '@mint/detector';
import type { FastifyInstance } from 'fastify';
import { overlayOf } from '../../output/overlays.js';
import { assertClass, createDecider } from '../../scoring/decisions.js';
import { deadline, untilAborted } from './deadline.js';
import type { Intake } from './intake.js';
import type { Metrics } from './metrics.js';
import { QUERY, RESPONSES } from './openapi.js';
import type { Scorer } from './scorer.js';
import { type UploadedImage, uploaded } from './uploads.js';

/** What {@link addPredictRoute} works with. */
interface Parts {
  readonly detector: MintDetector;
  readonly scorer: Scorer;
  readonly intake: Intake;
  readonly metrics: Metrics;
}

/** Options of {@link addPredictRoute}; see `ServerOptions`. */
interface Options {
  readonly maxBytes: number;
  readonly timeout: number;
  readonly say: (text: string) => void;
}

interface Query {
  readonly class?: string | undefined;
  readonly heatmap: boolean;
}

/** Adds `POST /v1/predict`: scores the images of a request. */
export function addPredictRoute(
  app: FastifyInstance,
  { detector, scorer, intake, metrics }: Parts,
  { maxBytes, timeout, say }: Options,
): void {
  const decide = createDecider(detector, say);

  const score = async ({ name, bytes }: UploadedImage, query: Query, signal: AbortSignal) => {
    const className = query.class;
    const scored = await scorer.score({ name, className, read: async () => bytes }, signal);
    const result = { picture: name, ...decide(scored, className) };
    metrics.images.inc({ class: result.class ?? '', decision: result.decision });
    if (!query.heatmap) return result;
    const png = overlayOf(detector, { ...scored, sample: { id: name, className: className ?? '' } });
    return { ...result, heatmap: Buffer.from(png).toString('base64') };
  };

  app.post<{ Querystring: Query }>(
    '/v1/predict',
    { schema: { querystring: QUERY, response: RESPONSES.predict } },
    async (request, reply) => {
      assertClass(detector, request.query.class);
      const signal = deadline(request, reply, timeout);
      const work = async () => {
        let entered = 0;
        const enter = () => {
          intake.enter();
          entered += 1;
        };
        try {
          const images: UploadedImage[] = [];
          for await (const image of uploaded(request, maxBytes, enter)) images.push(image);
          const pictures = await Promise.all(images.map((image) => score(image, request.query, signal)));
          return { pictures, ms: reply.elapsedTime };
        } finally {
          intake.leave(entered);
        }
      };
      return Promise.race([work(), untilAborted(signal)]);
    },
  );
}
