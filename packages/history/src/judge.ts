import { MintError } from '@mint/internal';
import type { Database } from './database.js';
import { VERDICTS, type Verdict } from './record.js';

/** Adds a person's verdict. Earlier verdicts on the decision stay in the record. */
export async function addVerdict({ db }: Database, decisionId: number, verdict: Verdict): Promise<void> {
  if (!VERDICTS.includes(verdict.verdict)) {
    const message = `judge: expected verdict to be one of ${VERDICTS.join(', ')}, got '${verdict.verdict}'.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  const known = await db.selectFrom('decisions').select('id').where('id', '=', decisionId).executeTakeFirst();
  if (known === undefined)
    throw new MintError('NOT_FOUND', `judge: the history has no decision ${decisionId}.`);
  await db
    .insertInto('verdicts')
    .values({
      decision_id: decisionId,
      verdict: verdict.verdict,
      kind: verdict.kind ?? null,
      person: verdict.person,
      time: verdict.time,
    })
    .execute();
}
