import type { FastifyInstance } from 'fastify';
import type { Recorder } from '../../../../scoring/recorder.js';
import type { Service } from '../../scoring/service.js';
import { addFactsRoutes } from './facts-routes.js';
import { addLimitRoutes } from './limit-routes.js';
import { addLiveRoutes } from './live-routes.js';
import type { Recent } from './recent.js';
import { addRecordRoutes } from './record-routes.js';

/** Bytes of a body: a verdict, or a limit. */
const MOST_BYTES = 4_096;

/** What {@link addStationRoutes} works with. */
export interface StationParts {
  readonly engine: Service;
  readonly recorder: Recorder | undefined;
  readonly recent: Recent;
  readonly say: (text: string) => void;
}

/** Adds what the page asks for: the feed, the record, verdicts, limits, drift. */
export async function addStationRoutes(
  app: FastifyInstance,
  { engine, recorder, recent, say }: StationParts,
): Promise<void> {
  await app.register(async (scope) => {
    // Images go by unread; these bodies are small, and are JSON.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: MOST_BYTES },
      scope.getDefaultJsonParser('error', 'error'),
    );
    addLiveRoutes(scope, recent);
    addRecordRoutes(scope, recorder, recent);
    addLimitRoutes(scope, engine, recorder, say);
    addFactsRoutes(scope, engine, recorder);
  });
}
