/** @module What both backends share: they speak PostgreSQL, only how a connection is had differs. */
import {
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Driver,
  type TransactionSettings,
} from 'kysely';
import type { Tables } from './tables.js';

export const openWith = (driver: Driver): Kysely<Tables> =>
  new Kysely<Tables>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });

/** The isolation is always named: a server's own default must not change what a transaction means. */
export async function begin(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
  const { isolationLevel = 'read committed', accessMode } = settings;
  await run(connection, `begin isolation level ${isolationLevel}${accessMode ? ` ${accessMode}` : ''}`);
}

export async function run(connection: DatabaseConnection, statement: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(statement));
}
