import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely';
import type { Database } from './database.js';
import type { RecordedDecision, StoredDecision, StoredImage, Verdict } from './record.js';
import { DAY, type Tables } from './schema.js';

/** Which decisions are meant; what is not given, is not asked for. */
export interface Filter {
  /** Its number. */
  readonly id?: number | undefined;
  /** Earliest time, inclusive, in milliseconds since 1970-01-01 UTC. */
  readonly from?: number | undefined;
  /** Latest time, exclusive. */
  readonly to?: number | undefined;
  /** Station that made it. */
  readonly station?: string | undefined;
  /** Class whose limits were applied. */
  readonly className?: string | undefined;
  /** What was decided. */
  readonly decision?: RecordedDecision | undefined;
  /** Model that made it. */
  readonly modelHash?: string | undefined;
  /** SHA-256 of the image file. */
  readonly imageHash?: string | undefined;
  /** Last verdict on it; `none`: nobody has judged it. */
  readonly verdict?: Verdict['verdict'] | 'none' | undefined;
}

/** Where a page ended. */
export type Cursor = Pick<StoredDecision, 'time' | 'id'>;

/** Rows that {@link readAll} reads at a time. */
const PAGE = 1_000;

/** Decisions, newest first. */
export async function readPage(
  { db }: Database,
  filter: Filter,
  limit: number,
  after?: Cursor,
): Promise<StoredDecision[]> {
  const rows = await db
    .selectFrom('decisions')
    .leftJoin('verdicts', (join) =>
      join.on(
        'verdicts.id',
        '=',
        sql<number>`(select max(v.id) from verdicts as v where v.decision_id = decisions.id)`,
      ),
    )
    .select(['decisions.id', 'decisions.time', 'station', 'image_hash', 'source', 'class', 'score', 'p'])
    .select(['decision', 'details', 'model_hash', 'model_version', 'milliseconds'])
    .select(['verdict', 'kind', 'person', 'verdicts.time as judged'])
    .where((row) => conditions(row, filter))
    .where((row) =>
      after === undefined
        ? row.lit(true)
        : row(row.refTuple('decisions.time', 'decisions.id'), '<', row.tuple(after.time, after.id)),
    )
    .orderBy('decisions.time', 'desc')
    .orderBy('decisions.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    time: row.time,
    station: row.station,
    imageHash: row.image_hash,
    source: row.source,
    decision: row.decision,
    className: row.class ?? undefined,
    score: row.score ?? undefined,
    p: row.p ?? undefined,
    details: row.details === null ? undefined : JSON.parse(row.details),
    modelHash: row.model_hash,
    modelVersion: row.model_version ?? undefined,
    milliseconds: row.milliseconds,
    verdict:
      row.verdict === null || row.person === null || row.judged === null
        ? undefined
        : { verdict: row.verdict, kind: row.kind ?? undefined, person: row.person, time: row.judged },
  }));
}

/** All decisions that fit, newest first, a page at a time. */
export async function* readAll(database: Database, filter: Filter): AsyncGenerator<StoredDecision> {
  let last: Cursor | undefined;
  do {
    const page: StoredDecision[] = await readPage(database, filter, PAGE, last);
    yield* page;
    last = page.length < PAGE ? undefined : page.at(-1);
  } while (last !== undefined);
}

/** Images kept beside a decision. */
export async function readImages({ db }: Database, decisionId: number): Promise<StoredImage[]> {
  const rows = await db
    .selectFrom('images')
    .select(['kind', 'type', 'bytes'])
    .where('decision_id', '=', decisionId)
    .orderBy('kind', 'desc')
    .execute();
  return rows.map(({ kind, type, bytes }) => ({ decisionId, kind, type, bytes: new Uint8Array(bytes) }));
}

/** Number of decisions of one kind in one stretch of time. */
export interface Count {
  /** Start of the stretch, in milliseconds since 1970-01-01 UTC. */
  readonly start: number;
  /** Station that made the decisions. */
  readonly station: string;
  /** Missing: no class was recognised. */
  readonly className?: string | undefined;
  /** What was decided. */
  readonly decision: RecordedDecision;
  /** How many. */
  readonly count: number;
}

/** Counts from the table of days where the stretches are whole days of UTC, else from the table of hours: quick over years. */
export async function readCounts(
  { db }: Database,
  { from, to, station, className, decision }: Omit<Filter, 'verdict' | 'modelHash' | 'imageHash'>,
  { every, offset }: { readonly every: number; readonly offset: number },
): Promise<Count[]> {
  const isByDay = [every, offset, from ?? 0, to ?? 0].every((time) => time % DAY === 0);
  const start = sql<number>`(time + ${sql.lit(offset)}) / ${sql.lit(every)} * ${sql.lit(every)} - ${sql.lit(offset)}`;
  const columns = ['station', 'class', 'decision', 'count'] as const;
  const counted = isByDay
    ? db.selectFrom('daily').select(['day as time', ...columns])
    : db.selectFrom('hourly').select(['hour as time', ...columns]);
  const rows = await db
    .selectFrom(counted.as('counted'))
    .select([
      start.as('start'),
      'station',
      'class',
      'decision',
      ({ fn }) => fn.sum<string>('count').as('count'),
    ])
    .where((row) =>
      row.and([
        ...(from === undefined ? [] : [row('time', '>=', from)]),
        ...(to === undefined ? [] : [row('time', '<', to)]),
        ...(station === undefined ? [] : [row('station', '=', station)]),
        ...(className === undefined ? [] : [row('class', '=', className)]),
        ...(decision === undefined ? [] : [row('decision', '=', decision)]),
      ]),
    )
    .groupBy([start, 'station', 'class', 'decision'])
    .orderBy('start')
    .orderBy('station')
    .orderBy('class')
    .orderBy('decision')
    .execute();
  return rows.map(({ start, station, class: name, decision, count }) => ({
    start,
    station,
    className: name === '' ? undefined : name,
    decision,
    count: Number(count),
  }));
}

/** The conditions of a filter on the table of decisions. */
export function conditions(row: ExpressionBuilder<Tables, 'decisions'>, filter: Filter) {
  const { id, from, to, station, className, decision, modelHash, imageHash, verdict } = filter;
  const last = sql<
    string | null
  >`(select v.verdict from verdicts as v where v.decision_id = decisions.id order by v.id desc limit 1)`;
  return row.and([
    ...(id === undefined ? [] : [row('decisions.id', '=', id)]),
    ...(from === undefined ? [] : [row('decisions.time', '>=', from)]),
    ...(to === undefined ? [] : [row('decisions.time', '<', to)]),
    ...(station === undefined ? [] : [row('decisions.station', '=', station)]),
    ...(className === undefined ? [] : [row('decisions.class', '=', className)]),
    ...(decision === undefined ? [] : [row('decisions.decision', '=', decision)]),
    ...(modelHash === undefined ? [] : [row('decisions.model_hash', '=', modelHash)]),
    ...(imageHash === undefined ? [] : [row('decisions.image_hash', '=', imageHash)]),
    ...(verdict === undefined
      ? []
      : verdict === 'none'
        ? [row(last, 'is', null)]
        : judged(row, verdict, last)),
  ]);
}

/** Verdicts are few: the database begins with them, and does not ask of each decision whether it was judged. */
const judged = (
  row: ExpressionBuilder<Tables, 'decisions'>,
  verdict: Verdict['verdict'],
  last: RawBuilder<string | null>,
) => [
  row('decisions.id', 'in', row.selectFrom('verdicts').select('decision_id').where('verdict', '=', verdict)),
  row(last, '=', verdict),
];
