import { type ColumnDataType, type ColumnDefinitionBuilder, type Kysely, type Migration, sql } from 'kysely';

/** Types of columns that SQLite and PostgreSQL name differently. */
export interface ColumnTypes {
  /** An integer key that increases by itself. */
  readonly key: ColumnDataType;
  readonly bytes: ColumnDataType;
}

/** Every change of the tables, in the order of its name. A change that was released is never edited. */
export const migrations = (types: ColumnTypes): Record<string, Migration> => ({
  '2026-11-30 first tables': {
    up: async (db) => {
      await addDecisions(db, types);
      await addHourly(db);
      await addVerdicts(db, types);
      await addImages(db, types);
    },
  },
  '2026-12-01 audit and shadow models': {
    up: async (db) => {
      await addAudit(db, types);
      await addShadows(db);
    },
  },
  '2026-12-01 keys of decisions': {
    up: async (db) => {
      await db.schema.alterTable('decisions').addColumn('key', 'text').execute();
      await db.schema.createIndex('decisions_key').on('decisions').column('key').unique().execute();
    },
  },
  '2026-12-02 counts by day': { up: addDaily },
});

/** A key whose numbers are never used again. */
const growing = (key: ColumnTypes['key']) => (column: ColumnDefinitionBuilder) =>
  key === 'integer' ? column.primaryKey().autoIncrement() : column.primaryKey();

async function addDecisions(db: Kysely<unknown>, { key }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('decisions')
    .addColumn('id', key, growing(key))
    .addColumn('time', 'bigint', (column) => column.notNull())
    .addColumn('station', 'text', (column) => column.notNull())
    .addColumn('image_hash', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('class', 'text')
    .addColumn('score', 'double precision')
    .addColumn('p', 'double precision')
    .addColumn('decision', 'text', (column) => column.notNull())
    .addColumn('details', 'text')
    .addColumn('model_hash', 'text', (column) => column.notNull())
    .addColumn('model_version', 'text')
    .addColumn('milliseconds', 'double precision', (column) => column.notNull())
    .execute();
  // One index for each way in which people look: newest first, of a class, of a decision, of both. A class's scores lie in its
  // index, so that a threshold is tried on a month of them without reading the rows.
  const indexes: readonly [string, readonly string[]][] = [
    ['decisions_time', ['time', 'id']],
    ['decisions_class', ['class', 'time', 'id', 'score']],
    ['decisions_decision', ['decision', 'time', 'id']],
    ['decisions_class_decision', ['class', 'decision', 'time', 'id']],
    ['decisions_image', ['image_hash']],
  ];
  for (const [name, columns] of indexes)
    await db.schema
      .createIndex(name)
      .on('decisions')
      .columns([...columns])
      .execute();
}

async function addHourly(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('hourly')
    .addColumn('hour', 'bigint', (column) => column.notNull())
    .addColumn('station', 'text', (column) => column.notNull())
    .addColumn('class', 'text', (column) => column.notNull())
    .addColumn('decision', 'text', (column) => column.notNull())
    .addColumn('model_hash', 'text', (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('hourly_key', ['hour', 'station', 'class', 'decision', 'model_hash'])
    .execute();
}

async function addDaily(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('daily')
    .addColumn('day', 'bigint', (column) => column.notNull())
    .addColumn('station', 'text', (column) => column.notNull())
    .addColumn('class', 'text', (column) => column.notNull())
    .addColumn('decision', 'text', (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('daily_key', ['day', 'station', 'class', 'decision'])
    .execute();
  await sql`insert into daily (day, station, class, decision, count)
    select hour / 86400000 * 86400000, station, class, decision, sum(count) from hourly
    group by hour / 86400000 * 86400000, station, class, decision`.execute(db);
}

async function addVerdicts(db: Kysely<unknown>, { key }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('verdicts')
    .addColumn('id', key, growing(key))
    .addColumn('decision_id', 'bigint', (column) => column.notNull().references('decisions.id'))
    .addColumn('verdict', 'text', (column) => column.notNull())
    .addColumn('kind', 'text')
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('time', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('verdicts_decision').on('verdicts').columns(['decision_id', 'id']).execute();
}

async function addImages(db: Kysely<unknown>, { bytes }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('images')
    .addColumn('decision_id', 'bigint', (column) => column.notNull().references('decisions.id'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('bytes', bytes, (column) => column.notNull())
    .addColumn('time', 'bigint', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('images_key', ['decision_id', 'kind'])
    .execute();
  await sql`create index images_time on images (time, size)`.execute(db);
}

async function addAudit(db: Kysely<unknown>, { key }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('id', key, growing(key))
    .addColumn('time', 'bigint', (column) => column.notNull())
    .addColumn('station', 'text', (column) => column.notNull())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('details', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('audit_time').on('audit').columns(['time', 'id']).execute();
}

async function addShadows(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('shadows')
    .addColumn('decision_id', 'bigint', (column) => column.notNull().references('decisions.id'))
    .addColumn('class', 'text')
    .addColumn('score', 'double precision')
    .addColumn('p', 'double precision')
    .addColumn('decision', 'text', (column) => column.notNull())
    .addColumn('model_hash', 'text', (column) => column.notNull())
    .addColumn('model_version', 'text')
    .addColumn('milliseconds', 'double precision', (column) => column.notNull())
    .addPrimaryKeyConstraint('shadows_key', ['decision_id', 'model_hash'])
    .execute();
}
