import { sql } from 'kysely';
import type { Database } from './database.js';

/** Reads the whole database. Gives what is wrong with it, a line each; empty when nothing is. */
export async function findDamage({ db, kind }: Database): Promise<string[]> {
  const problems: string[] = [];
  if (kind === 'sqlite') {
    const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
    problems.push(...rows.map((row) => row.integrity_check).filter((text) => text !== 'ok'));
    const orphans = await sql<{ table: string; rowid: number }>`pragma foreign_key_check`.execute(db);
    problems.push(...orphans.rows.map((row) => `${row.table}: row ${row.rowid} belongs to no decision`));
  }
  const differing = await sql<{ hour: number; counted: number; recorded: number }>`
    select hour, sum(counted) as counted, sum(recorded) as recorded from (
      select hour, sum(count) as counted, 0 as recorded from hourly group by hour
      union all
      select time / 3600000 * 3600000 as hour, 0 as counted, count(*) as recorded
        from decisions group by time / 3600000 * 3600000
    ) as both_tables group by hour having sum(counted) <> sum(recorded) order by hour`.execute(db);
  for (const { hour, counted, recorded } of differing.rows)
    problems.push(
      `hour ${new Date(Number(hour)).toISOString()}: ${recorded} decisions, ${counted} in the table of hours`,
    );
  return problems;
}
