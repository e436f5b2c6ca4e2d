import type { FastifyInstance } from 'fastify';
import { noPicture } from '../../errors.js';
import type { Recent } from './recent.js';
import { LIVE_QUERY, PICTURE_PARAMS } from './schemas.js';

interface LiveQuery {
  readonly after: number;
  readonly limit: number;
}

interface PictureParams {
  readonly id: number;
  readonly picture: 'image' | 'heat';
}

/** Adds the feed of new decisions, and the pictures that it names. It needs no record. */
export function addLiveRoutes(app: FastifyInstance, recent: Recent): void {
  app.get<{ Querystring: LiveQuery }>(
    '/v1/decisions/live',
    { config: { role: 'operator' }, schema: { querystring: LIVE_QUERY } },
    async ({ query }) => recent.after(query.after, query.limit),
  );
  app.get<{ Params: PictureParams }>(
    '/v1/decisions/live/:id/:picture',
    { config: { role: 'operator' }, schema: { params: PICTURE_PARAMS } },
    async ({ params }, reply) => {
      const png = (await recent.pngs(params.id))?.[params.picture];
      if (png === undefined) throw noPicture();
      return reply.type('image/png').header('cache-control', 'private, max-age=3600').send(png);
    },
  );
}
