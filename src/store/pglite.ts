/**
 * @module PGlite: PostgreSQL inside this process, in memory or in a folder. It has a single connection, so
 * transactions queue for it. Two processes on one folder are kept apart by the owner of the folder.
 */
import { PGlite, types, type Results } from '@electric-sql/pglite';
import type { CompiledQuery, DatabaseConnection, Driver, Kysely, QueryResult } from 'kysely';
import { begin, openWith, run } from './dialect.js';
import type { Tables } from './tables.js';

/** Opens the database in a folder, which is made where absent; without a folder, in memory. */
export async function openPglite(dataDir?: string): Promise<Kysely<Tables>> {
  const parsers = { [types.TIMESTAMPTZ]: instantOf };
  const pglite = await PGlite.create(dataDir === undefined ? { parsers } : { dataDir, parsers });
  return openWith(new PgliteDriver(pglite));
}

/** PGlite's own takes the year 0030 for 2030: without a `T` it is not ISO 8601 to JavaScript. */
const instantOf = (text: string): Date =>
  new Date(text.replace(' ', 'T').replace(/[+-]\d\d$/u, (zone) => `${zone}:00`));

class PgliteDriver implements Driver {
  readonly #connection: PgliteConnection;
  /** Settles when everyone who came before has released the connection. */
  #queue: Promise<void> = Promise.resolve();
  #release: () => void = () => undefined;

  constructor(readonly pglite: PGlite) {
    this.#connection = new PgliteConnection(pglite);
  }

  init(): Promise<void> {
    return this.pglite.waitReady;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#queue;
    let release: () => void = () => undefined;
    this.#queue = new Promise((resolve) => (release = resolve));
    await before;
    // PGlite answers in microtasks: without this, a queue of transactions would hold up timers and sockets.
    await new Promise((resolve) => setImmediate(resolve));
    this.#release = release;
    return this.#connection;
  }

  releaseConnection(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }

  beginTransaction = begin;
  commitTransaction = (connection: DatabaseConnection): Promise<void> => run(connection, 'commit');
  rollbackTransaction = (connection: DatabaseConnection): Promise<void> => run(connection, 'rollback');

  async destroy(): Promise<void> {
    await this.#queue;
    await this.pglite.close();
  }
}

class PgliteConnection implements DatabaseConnection {
  constructor(readonly pglite: PGlite) {}

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affectedRows } = await this.#run<R>(sql, parameters);
    return { rows, ...(affectedRows !== undefined && { numAffectedRows: BigInt(affectedRows) }) };
  }

  async #run<R>(sql: string, parameters: readonly unknown[]): Promise<Results<R>> {
    if (parameters.length > 0) return await this.pglite.query<R>(sql, [...parameters]);
    // The simple protocol: one round, and a migration may hold many statements.
    const results = (await this.pglite.exec(sql)) as Results<R>[];
    return results.at(-1) ?? { rows: [], fields: [] };
  }

  async *streamQuery(): AsyncIterableIterator<never> {
    await Promise.reject(new Error('this driver does not stream'));
  }
}
