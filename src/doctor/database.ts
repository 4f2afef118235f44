/** @module Checks of the database: reached, new enough, migrated, and of one time with us. */
import { sql, type Kysely } from 'kysely';
import { readMigrations } from '../store/migrate.js';
import type { Tables } from '../store/index.js';
import { compareClocks } from './clock.js';
import { failed, ok, reasonOf, type Finding } from './finding.js';

/** PostgreSQL 15, as `server_version_num` has it. */
const OLDEST = 150_000;

export async function checkDatabase(db: Kysely<Tables>, clock: () => Date): Promise<Finding[]> {
  const before = clock();
  let row: { version: string; number: string; now: Date } | undefined;
  try {
    const asked = await sql<typeof row>`
      select current_setting('server_version') as version, current_setting('server_version_num') as number, now()
    `.execute(db);
    row = asked.rows[0];
  } catch (error) {
    const mend =
      'start PostgreSQL, and let DATABASE_URL name it: postgres://user:password@host:5432/database';
    return [failed('database', `no answer: ${reasonOf(error)}`, mend)];
  }
  const { version = '', number = '0', now = before } = row ?? {};
  return [
    Number(number) >= OLDEST
      ? ok('database', `PostgreSQL ${version}`)
      : failed('database', `PostgreSQL ${version} is too old`, 'upgrade it to 15 or later'),
    compareClocks('database clock', new Date(now), before, clock()),
    await migrations(db),
  ];
}

async function migrations(db: Kysely<Tables>): Promise<Finding> {
  const check = 'migrations';
  const known = readMigrations().map((one) => one.number);
  const done = await db
    .selectFrom('migrations')
    .select('number')
    .execute()
    .catch(() => []);
  const missing = known.filter((number) => !done.some((one) => one.number === number));
  if (missing.length > 0)
    return failed(
      check,
      `${missing.length} of ${known.length} are missing`,
      'start `mailwarden server` or `mailwarden worker` of this version: it makes them',
    );
  const newer = done.filter((one) => !known.includes(one.number));
  if (newer.length > 0)
    return failed(
      check,
      'the database is of a newer version of Mailwarden',
      'run the newer version here, too',
    );
  return ok(check, `all ${known.length} are done`);
}
