import type { Database } from './database.js';
import type { AuditEntry } from './record.js';

/** Writes an entry. There is no call that changes or deletes one. */
export async function addAudit({ db }: Database, { details, ...entry }: AuditEntry): Promise<void> {
  await db
    .insertInto('audit')
    .values({ ...entry, details: JSON.stringify(details) })
    .execute();
}

/** Entries, newest first. */
export async function readAudit(
  { db }: Database,
  { from = 0, to = Number.MAX_SAFE_INTEGER, limit = 100 }: AuditFilter,
): Promise<AuditEntry[]> {
  const rows = await db
    .selectFrom('audit')
    .select(['time', 'station', 'person', 'action', 'details'])
    .where('time', '>=', from)
    .where('time', '<', to)
    .orderBy('time', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ details, ...entry }) => ({ ...entry, details: JSON.parse(details) }));
}

/** Which entries are meant. */
export interface AuditFilter {
  /** Earliest time, inclusive, in milliseconds since 1970-01-01 UTC. @defaultValue the first */
  readonly from?: number | undefined;
  /** Latest time, exclusive. @defaultValue the last */
  readonly to?: number | undefined;
  /** How many at most. @defaultValue 100 */
  readonly limit?: number | undefined;
}
