/**
 * @module Forward-only migrations: migrations/NNNNNN.sql, each in a transaction of its own that inserts its
 * row in the ledger first, so that of two migrators the second waits, finds the row, and goes on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sql, type Generated, type Kysely } from 'kysely';
import { codeOf } from './failure.js';
import type { Tables } from './tables.js';

export interface MigrationsTable {
  number: number;
  breaking: boolean;
  at: Generated<Date>;
}

export interface Migration {
  number: number;
  /** Older code must not run on a database that has it. */
  breaking: boolean;
  statements: string;
}

/** The database has a migration that this version of the code does not know and cannot live with. */
export class SchemaTooNew extends Error {
  override name = 'SchemaTooNew';
}

/** A migration whose first line is this marks itself as breaking. */
const BREAKING = '--! breaking';

/** From src/store as from dist/src/store: the build copies migrations/ beside dist/src. */
export const migrationsDir = (): string => fileURLToPath(new URL('../../migrations/', import.meta.url));

export function readMigrations(dir: string = migrationsDir()): Migration[] {
  return readdirSync(dir)
    .filter((name) => /^\d{6}\.sql$/u.test(name))
    .sort()
    .map((name) => {
      const statements = readFileSync(`${dir}/${name}`, 'utf8');
      return { number: Number(name.slice(0, 6)), breaking: statements.startsWith(BREAKING), statements };
    });
}

/**
 * Brings the schema up to date.
 * @throws SchemaTooNew where a newer version of the code has changed it in a way that this one can't read.
 */
export async function migrate(
  db: Kysely<Tables>,
  migrations: readonly Migration[] = readMigrations(),
): Promise<void> {
  await makeLedger(db);
  const done = await db.selectFrom('migrations').select(['number', 'breaking']).execute();
  const known = new Set(migrations.map((one) => one.number));
  const tooNew = done.find((row) => row.breaking && !known.has(row.number));
  if (tooNew !== undefined)
    throw new SchemaTooNew(
      `the database has migration ${tooNew.number}, which this version of mailwarden does not know and ` +
        `cannot work with; run the version that made it, or a newer one`,
    );
  const numbers = new Set(done.map((row) => row.number));
  for (const one of migrations) if (!numbers.has(one.number)) await apply(db, one);
}

async function apply(db: Kysely<Tables>, { number, breaking, statements }: Migration): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`set local statement_timeout = 0`.execute(trx);
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('migrations')
      .values({ number, breaking })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) await sql.raw(statements).execute(trx);
  });
}

/** `if not exists` looks before it takes a lock, so that two at once can both see nothing. */
async function makeLedger(db: Kysely<Tables>): Promise<void> {
  try {
    await sql`create table if not exists migrations (
      number integer primary key,
      breaking boolean not null,
      at timestamptz not null default now()
    )`.execute(db);
  } catch (error) {
    if (!RACED.has(codeOf(error) ?? '')) throw error;
  }
}

/** unique_violation in the catalogue, duplicate_table, duplicate_object */
const RACED = new Set(['23505', '42P07', '42710']);
