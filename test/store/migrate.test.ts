/** @module Migrations: forward only, each once and whole, and no work on a schema that is not understood. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Kysely } from 'kysely';
import { migrate, readMigrations, type Migration } from '../../src/store/migrate.js';
import { openPglite } from '../../src/store/pglite.js';
import type { Tables } from '../../src/store/tables.js';

const one: Migration = {
  number: 1,
  breaking: false,
  statements: 'create table a (id int); insert into a values (1);',
};
const two: Migration = { number: 2, breaking: false, statements: 'alter table a add column b int' };

let db: Kysely<Tables>;
beforeAll(async () => {
  db = await openPglite();
}, 60_000);
afterAll(() => db.destroy());
beforeEach(async () => {
  await sql.raw('drop schema public cascade; create schema public').execute(db);
});

const numbers = async (): Promise<number[]> =>
  (await db.selectFrom('migrations').select('number').orderBy('number').execute()).map((row) => row.number);

test('the files are numbered from 1 without a gap, and none is marked breaking unawares', () => {
  const files = readMigrations();
  expect(files.map((file) => file.number)).toEqual(files.map((_, i) => i + 1));
  expect(files[0]?.breaking).toBe(false);
});

test('each migration runs once, in order, however often it is asked for', async () => {
  await migrate(db, [one]);
  await migrate(db, [one, two]);
  await migrate(db, [one, two]);
  expect(await numbers()).toEqual([1, 2]);
  const { rows } = await sql`select id, b from a`.execute(db);
  expect(rows).toEqual([{ id: 1, b: null }]);
});

test('a migration that fails leaves nothing behind and runs whole the next time', async () => {
  const broken = { ...two, statements: 'alter table a add column b int; select 1/0' };
  await expect(migrate(db, [one, broken])).rejects.toThrow(/division by zero/u);
  expect(await numbers()).toEqual([1]);
  await migrate(db, [one, two]);
  expect(await numbers()).toEqual([1, 2]);
});

test('a newer schema is tolerated, and refused by name where it is breaking', async () => {
  await migrate(db, [one, two]);
  await migrate(db, [one]);
  await migrate(db, [one, two, { number: 3, breaking: true, statements: 'select 1' }]);
  await expect(migrate(db, [one, two])).rejects.toMatchObject({
    name: 'SchemaTooNew',
    message: expect.stringContaining('migration 3') as string,
  });
  expect(await numbers()).toEqual([1, 2, 3]);
});

test('several at once all succeed, and run each migration once', async () => {
  await Promise.all(Array.from({ length: 5 }, () => migrate(db, [one, two])));
  const { rows } = await sql`select id from a`.execute(db);
  expect(rows).toEqual([{ id: 1 }]);
});
