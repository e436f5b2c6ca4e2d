import { sql } from 'kysely';
import type { Database } from './database.js';

/** Which kept images are deleted. Decisions stay. */
export interface Retention {
  /** Images of decisions before this time are deleted, in milliseconds since 1970-01-01 UTC. @defaultValue none */
  readonly before?: number | undefined;
  /** Then the oldest are deleted until the rest has at most this many bytes. @defaultValue no limit */
  readonly maxBytes?: number | undefined;
}

/** What was deleted. */
export interface Deleted {
  /** Number of images. */
  readonly images: number;
  /** Their size together. */
  readonly bytes: number;
}

/** Deletes images. */
export async function deleteImages(
  { db, kind }: Database,
  { before, maxBytes }: Retention,
): Promise<Deleted> {
  const total = async () => {
    const { images, bytes } = await db
      .selectFrom('images')
      .select(({ fn }) => [fn.countAll<number>().as('images'), fn.sum<string | null>('size').as('bytes')])
      .executeTakeFirstOrThrow();
    return { images: Number(images), bytes: Number(bytes ?? 0) };
  };
  const start = await total();
  if (before !== undefined) await db.deleteFrom('images').where('time', '<', before).execute();
  if (maxBytes !== undefined)
    await sql`delete from images where (decision_id, kind) in (
      select decision_id, kind from (
        select decision_id, kind, sum(size) over (order by time desc, decision_id desc, kind) as newest from images
      ) as sizes where newest > ${maxBytes})`.execute(db);
  const end = await total();
  // The pages of deleted images are used again; a file that has had its largest size keeps it.
  if (kind === 'sqlite') await sql`pragma wal_checkpoint(passive)`.execute(db);
  return { images: start.images - end.images, bytes: start.bytes - end.bytes };
}
