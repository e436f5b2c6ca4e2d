import type { Filter } from '@mint/history';
import { MintError } from '@mint/internal';
import type { DecisionsAnswer, JudgedAs, ShownDecision, VerdictBody } from '@mint/station-page';
import type { FastifyInstance } from 'fastify';
import type { Recorder } from '../../../../scoring/recorder.js';
import { noPicture, noSuchDecision } from '../../errors.js';
import type { Recent } from './recent.js';
import { fromRecord, recordOf } from './record-access.js';
import { DECISION_PARAMS, DECISIONS_QUERY, PICTURE_PARAMS, VERDICT_BODY } from './schemas.js';
import { shownLine, shownWhole } from './shown.js';

interface DecisionsQuery extends Pick<Filter, 'station' | 'decision' | 'verdict'> {
  readonly class?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Adds the routes that read the record of decisions, and the one that adds a verdict to it. */
export function addRecordRoutes(app: FastifyInstance, recorder: Recorder | undefined, recent: Recent): void {
  const config = { role: 'operator' } as const;
  app.get<{ Querystring: DecisionsQuery }>(
    '/v1/decisions',
    { config, schema: { querystring: DECISIONS_QUERY } },
    async ({ query }) => await pageOf(recordOf(recorder), query),
  );
  app.get<{ Params: { readonly id: number } }>(
    '/v1/decisions/:id',
    { config, schema: { params: DECISION_PARAMS } },
    async ({ params }) => await wholeOf(recordOf(recorder), params.id),
  );
  app.get<{ Params: { readonly id: number; readonly picture: 'image' | 'heat' } }>(
    '/v1/decisions/:id/:picture',
    { config, schema: { params: PICTURE_PARAMS } },
    async ({ params: { id, picture } }, reply) => {
      const png =
        (await recent.pngsOfRecorded(id))?.[picture] ?? (await keptPicture(recordOf(recorder), id, picture));
      return reply.type('image/png').header('cache-control', 'private, max-age=3600').send(png);
    },
  );
  app.post<{ Params: { readonly id: number }; Body: VerdictBody }>(
    '/v1/decisions/:id/verdict',
    { config, schema: { params: DECISION_PARAMS, body: VERDICT_BODY } },
    async ({ params, body, person }) => {
      const judged = judgedAs(body, person.name);
      await judge(recordOf(recorder), params.id, judged);
      recent.judged(params.id, judged);
      return judged;
    },
  );
}

async function pageOf({ history }: Recorder, query: DecisionsQuery): Promise<DecisionsAnswer> {
  const { class: className, station, decision, verdict, limit } = query;
  const filter = {
    className,
    station,
    decision,
    verdict,
    from: timeOf('from', query.from),
    to: timeOf('to', query.to),
  };
  const [time, id] = query.after?.split('-').map(Number) ?? [];
  const after = time === undefined || id === undefined ? undefined : { time, id };
  // One more says whether there is another page.
  const found = await fromRecord(history.list(filter, { limit: limit + 1, after }));
  const decisions = found.slice(0, limit);
  const last = found.length > limit ? decisions.at(-1) : undefined;
  return { decisions: decisions.map(shownLine), next: last && `${last.time}-${last.id}` };
}

function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isSafeInteger(time)) return time;
  const message = `${name}: expected a time such as 2026-11-30T06:00:00Z, or milliseconds since 1970-01-01 UTC.`;
  throw new MintError('INVALID_ARGUMENT', message);
}

async function wholeOf({ history }: Recorder, id: number): Promise<ShownDecision> {
  const [found] = await fromRecord(history.list({ id }, { limit: 1 }));
  if (found === undefined) throw noSuchDecision(id);
  const kept = await fromRecord(history.images(id));
  return shownWhole(
    found,
    kept.map(({ kind }) => kind),
  );
}

async function keptPicture(
  { history }: Recorder,
  id: number,
  picture: 'image' | 'heat',
): Promise<Uint8Array> {
  const wanted = picture === 'image' ? 'thumbnail' : 'anomaly map';
  const kept = await fromRecord(history.images(id));
  // Only what this program writes: another type could be a page.
  const found = kept.find(({ kind, type }) => kind === wanted && type === 'image/png');
  if (found === undefined) throw noPicture();
  return found.bytes;
}

function judgedAs({ verdict, kind, person }: VerdictBody, holder: string): JudgedAs {
  if (kind !== undefined && verdict !== 'defective')
    throw new MintError(
      'INVALID_ARGUMENT',
      `kind: only a defective image has one, and the verdict is '${verdict}'.`,
    );
  return { verdict, kind, person: holder === 'local' ? (person ?? holder) : holder, time: Date.now() };
}

async function judge({ history }: Recorder, id: number, verdict: JudgedAs): Promise<void> {
  const judging = history.judge(id, verdict).catch((error: unknown) => {
    if (MintError.isInstance(error) && error.code === 'NOT_FOUND') throw noSuchDecision(id);
    throw error;
  });
  await fromRecord(judging);
}
