import { sql } from 'kysely';
import type { Database } from './database.js';
import { conditions, type Filter } from './read.js';
import type { RecordedDecision, Verdict } from './record.js';

/** What another model, which does not decide, would have decided about the same image. */
export interface ShadowRecord {
  /** Number of the decision that counted. */
  readonly decisionId: number;
  /** What the other model would have decided. */
  readonly decision: RecordedDecision;
  /** The class whose limits it would have applied. */
  readonly className?: string | undefined;
  /** In units of its own anomaly map. */
  readonly score?: number | undefined;
  /** p-value of the score among its held-out good images of the class, in [0, 1]. */
  readonly p?: number | undefined;
  /** SHA-256 of its weights and limits, or another name that no other model has. */
  readonly modelHash: string;
  /** Name of its version. */
  readonly modelVersion?: string | undefined;
  /** Time from image to decision in milliseconds. */
  readonly milliseconds: number;
}

/** How often two models decided one way, of one class and as people judged it. */
export interface Comparison {
  /** Class of the decision that counted; missing: none was recognised. */
  readonly className?: string | undefined;
  /** Version, or else hash, of the model that decided. */
  readonly model: string;
  /** Version, or else hash, of the model beside it. */
  readonly shadow: string;
  /** What was decided. */
  readonly decision: RecordedDecision;
  /** What the model beside it would have decided. */
  readonly shadowDecision: RecordedDecision;
  /** The last verdict; missing: nobody has judged these images. */
  readonly verdict?: Verdict['verdict'] | undefined;
  /** How many. */
  readonly count: number;
}

/** Writes what another model would have decided; a second one of the same model replaces the first. */
export async function addShadow({ db }: Database, shadow: ShadowRecord): Promise<void> {
  const { decisionId, className, score, p, modelHash, modelVersion, ...rest } = shadow;
  const row = {
    ...rest,
    decision_id: decisionId,
    model_hash: modelHash,
    class: className ?? null,
    score: score ?? null,
    p: p ?? null,
    model_version: modelVersion ?? null,
  };
  await db
    .insertInto('shadows')
    .values(row)
    .onConflict((conflict) => conflict.columns(['decision_id', 'model_hash']).doUpdateSet(row))
    .execute();
}

/** Counts the decisions that two models made about the same images. */
export async function readComparison({ db }: Database, filter: Filter): Promise<Comparison[]> {
  const model = sql<string>`coalesce(decisions.model_version, decisions.model_hash)`;
  const shadow = sql<string>`coalesce(shadows.model_version, shadows.model_hash)`;
  const verdict = sql<
    Verdict['verdict'] | null
  >`(select v.verdict from verdicts as v where v.decision_id = decisions.id order by v.id desc limit 1)`;
  const rows = await db
    .selectFrom('shadows')
    .innerJoin('decisions', 'decisions.id', 'shadows.decision_id')
    .select(['decisions.class as class', 'decisions.decision as decision'])
    .select(['shadows.decision as shadow_decision', model.as('model'), shadow.as('shadow')])
    .select([verdict.as('verdict'), ({ fn }) => fn.countAll<string>().as('count')])
    .where((row) => conditions(row, filter))
    .groupBy(['decisions.class', model, shadow, 'decisions.decision', 'shadows.decision', verdict])
    .orderBy('decisions.class')
    .orderBy(model)
    .orderBy(shadow)
    .execute();
  return rows.map((row) => ({
    className: row.class ?? undefined,
    model: row.model,
    shadow: row.shadow,
    decision: row.decision,
    shadowDecision: row.shadow_decision,
    verdict: row.verdict ?? undefined,
    count: Number(row.count),
  }));
}
