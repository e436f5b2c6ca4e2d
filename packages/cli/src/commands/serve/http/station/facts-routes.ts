import { hostname } from 'node:os';
import type { DriftAnswer, StationFacts } from '@mint/station-page';
import type { FastifyInstance } from 'fastify';
import type { Recorder } from '../../../../scoring/recorder.js';
import type { Service } from '../../scoring/service.js';
import { fromRecord } from './record-access.js';
import { kindsOf } from './shown.js';

/** Judged images whose kinds of defects are proposed. */
const JUDGED = 200;

/** Adds the routes that say what the station is, and how its images have changed. */
export function addFactsRoutes(app: FastifyInstance, engine: Service, recorder: Recorder | undefined): void {
  const config = { role: 'operator' } as const;
  app.get('/v1/station', { config }, async ({ person }): Promise<StationFacts> => {
    const judged =
      recorder === undefined
        ? []
        : await fromRecord(recorder.history.list({ verdict: 'defective' }, { limit: JUDGED }));
    return {
      station: recorder?.station ?? hostname(),
      classes: engine.model.classes,
      recorded: recorder !== undefined,
      person,
      kinds: kindsOf(judged),
    };
  });
  app.get('/v1/drift', { config }, async (): Promise<DriftAnswer> => {
    const { drift } = await engine.state();
    return { drift };
  });
}
