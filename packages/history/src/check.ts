import { sql } from 'kysely';
import type { Database } from './database.js';
import { DAY, HOUR } from './schema.js';

/** Reads the whole database. Gives what is wrong with it, a line each; empty when nothing is. */
export async function findDamage(database: Database): Promise<string[]> {
  const { db, kind } = database;
  const problems: string[] = [];
  if (kind === 'sqlite') {
    const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
    problems.push(...rows.map((row) => row.integrity_check).filter((text) => text !== 'ok'));
    const orphans = await sql<{ table: string; rowid: number }>`pragma foreign_key_check`.execute(db);
    problems.push(...orphans.rows.map((row) => `${row.table}: row ${row.rowid} belongs to no decision`));
  }
  for (const table of ['hour', 'day'] as const) problems.push(...(await wrongCounts(database, table)));
  return problems;
}

const COUNTED = { hour: { table: 'hourly', length: HOUR }, day: { table: 'daily', length: DAY } } as const;

/** Stretches whose counted decisions are not as many as the recorded ones. */
async function wrongCounts({ db }: Database, stretch: keyof typeof COUNTED): Promise<string[]> {
  const { table, length } = COUNTED[stretch];
  const start = sql`time / ${sql.lit(length)} * ${sql.lit(length)}`;
  const { rows } = await sql<{ start: number; counted: number; recorded: number }>`
    select start, sum(counted) as counted, sum(recorded) as recorded from (
      select ${sql.ref(stretch)} as start, sum(count) as counted, 0 as recorded from ${sql.table(table)} group by 1
      union all
      select ${start} as start, 0 as counted, count(*) as recorded from decisions group by 1
    ) as both_tables group by start having sum(counted) <> sum(recorded) order by start`.execute(db);
  return rows.map(
    ({ start, counted, recorded }) =>
      `${stretch} ${new Date(Number(start)).toISOString()}: ${recorded} decisions, ${counted} in the table of ${stretch}s`,
  );
}
