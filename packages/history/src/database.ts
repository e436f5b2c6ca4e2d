import { setTimeout } from 'node:timers/promises';
import { MintError, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import { Kysely, Migrator, PostgresDialect, type SqliteDatabase, SqliteDialect, sql } from 'kysely';
import { type ColumnTypes, migrations } from './migrations.js';
import type { Tables } from './schema.js';

/** An open database whose tables are those of this version. */
export interface Database {
  readonly db: Kysely<Tables>;
  readonly kind: 'sqlite' | 'postgres';
}

/** @throws MintError as {@link openHistory} does. */
export async function openDatabase(where: string): Promise<Database> {
  const kind = /^postgres(ql)?:\/\//.test(where) ? 'postgres' : 'sqlite';
  const name = withoutPassword(where);
  const db = new Kysely<Tables>({
    dialect: kind === 'sqlite' ? await sqlite(where) : await postgres(where),
  });
  try {
    await patiently(() => migrate(db, kind, name));
  } catch (error) {
    await db.destroy();
    throw failure(name, error);
  }
  return { db, kind };
}

/** The error for what a database throws. */
export function failure(name: string, error: unknown): MintError {
  if (MintError.isInstance(error)) return error;
  const code = errorCode(error);
  if (code !== undefined && FULL.has(code))
    return new MintError('DISK_FULL', `${name}: no space left for the history; free some.`, { cause: error });
  if (code !== undefined && DAMAGED.has(code)) {
    const message = `${name}: expected a history, it is not one or is damaged: ${oneLine(error)}.`;
    return new MintError('CORRUPT_FILE', message, { cause: error });
  }
  return new MintError('UNAVAILABLE', `${name}: the history cannot be used: ${oneLine(error)}.`, {
    cause: error,
  });
}

/** How long a write waits for other processes, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Does work again while another process writes to the SQLite file. SQLite could wait by itself, but it would stop the whole
 * process meanwhile.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!errorCode(error)?.startsWith('SQLITE_BUSY') || performance.now() > end) throw error;
      await setTimeout(2 + 8 * Math.random());
    }
  }
}

/** SQLite's and PostgreSQL's codes, and the system's. */
const FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'ENOSPC', 'EDQUOT', '53100']);
const DAMAGED = new Set(['SQLITE_NOTADB', 'SQLITE_CORRUPT']);

const SQLITE_TYPES: ColumnTypes = { key: 'integer', bytes: 'blob' };
const POSTGRES_TYPES: ColumnTypes = { key: 'bigserial', bytes: 'bytea' };

/** Brings the tables to this version. Of several processes that open a new history at once, one makes the tables. */
async function migrate(db: Kysely<Tables>, kind: Database['kind'], name: string): Promise<void> {
  if (kind === 'postgres') await migrateWith(db, POSTGRES_TYPES, name);
  // Kysely takes no lock for SQLite.
  else
    await db.connection().execute(async (connection) => {
      await sql`begin immediate`.execute(connection);
      try {
        await migrateWith(connection, SQLITE_TYPES, name);
      } finally {
        await sql`commit`.execute(connection);
      }
    });
}

async function migrateWith(db: Kysely<Tables>, types: ColumnTypes, name: string): Promise<void> {
  const known = migrations(types);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => known } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (/corrupted migrations/.test(oneLine(error))) {
    const message = `${name}: was written by a newer version of MINT. Update this one.`;
    throw new MintError('UNSUPPORTED_VERSION', message, { cause: error });
  }
  throw error;
}

async function sqlite(path: string): Promise<SqliteDialect> {
  const { default: Sqlite } = await import('better-sqlite3').catch((cause: unknown) => {
    const message = `${path}: needs the package better-sqlite3, which could not be loaded. Install it (npm install better-sqlite3@12), or use a PostgreSQL address.`;
    throw new MintError('UNAVAILABLE', message, { cause });
  });
  try {
    const file = new Sqlite(path, { timeout: 0 });
    // A decision that was acknowledged survives a power cut: WAL alone would lose the last ones.
    for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON'])
      file.pragma(pragma);
    return new SqliteDialect({ database: withTransactions(file) });
  } catch (error) {
    throw failure(path, error);
  }
}

/**
 * Kysely's statements for transactions, as SQLite needs them. All of ours write, so they take the lock at once: one that begins to
 * read and then writes fails when another process wrote in between. And SQLite ends a transaction by itself when the disk is
 * full; a rollback after that would hide the reason.
 */
function withTransactions(file: SqliteDatabase & { readonly inTransaction: boolean }): SqliteDatabase {
  const statement = (text: string) => {
    if (text === 'begin') return 'begin immediate';
    return text === 'rollback' && !file.inTransaction ? 'select 1' : text;
  };
  return { close: () => file.close(), prepare: (text) => file.prepare(statement(text)) };
}

async function postgres(url: string): Promise<PostgresDialect> {
  const { default: pg } = await import('pg');
  const INT8 = 20;
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    // Times and counts are below 2⁵³; the driver would give text.
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        type === INT8 ? Number : pg.types.getTypeParser(type, format as 'text'),
    },
  });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  return new PostgresDialect({ pool });
}

/** For messages: a password in the address never shows. */
export function withoutPassword(where: string): string {
  return where.replace(/^(postgres(?:ql)?:\/\/[^:@/]*):[^@]*@/, '$1:***@');
}
