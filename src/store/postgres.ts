/**
 * @module PostgreSQL over a pool. Every time-out is below the three seconds that a local activity has, so
 * that a database that is down, or worse, hangs, answers with an error while somebody still listens.
 */
import { Pool, type PoolClient } from 'pg';
import type { CompiledQuery, DatabaseConnection, Driver, Kysely, QueryResult } from 'kysely';
import { codeOf } from './failure.js';
import { begin, openWith, run } from './dialect.js';
import type { Tables } from './tables.js';

export interface PostgresOptions {
  /** Connections; default 10. */
  max?: number | undefined;
  /** Milliseconds that a statement may take; default 2500. */
  statementTimeoutMs?: number | undefined;
  /** A connection that sat in the pool broke; it is replaced, so this is only for the log. */
  onError?: ((error: Error) => void) | undefined;
}

/** Opens a pool; nothing is connected before the first statement. */
export function openPostgres(
  url: string,
  { max = 10, statementTimeoutMs = 2_500, onError }: PostgresOptions = {},
): Kysely<Tables> {
  const pool = new Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 2_000,
    statement_timeout: statementTimeoutMs,
    // The client's own: for a server, or a network, that does not answer at all.
    query_timeout: statementTimeoutMs + 300,
    idle_in_transaction_session_timeout: 10_000,
    application_name: 'mailwarden',
  });
  // Without a listener, a server that restarts would end this process.
  pool.on('error', (error) => onError?.(error));
  return openWith(new PostgresDriver(pool));
}

class PostgresDriver implements Driver {
  constructor(readonly pool: Pool) {}

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<PostgresConnection> {
    return new PostgresConnection(await this.pool.connect());
  }

  releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
    return Promise.resolve();
  }

  beginTransaction = begin;
  commitTransaction = (connection: DatabaseConnection): Promise<void> => run(connection, 'commit');

  /** A broken connection has nothing to roll back; to ask it would only hang for another time-out. */
  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    if (!connection.broken) await run(connection, 'rollback');
  }

  destroy(): Promise<void> {
    return this.pool.end();
  }
}

class PostgresConnection implements DatabaseConnection {
  /** Its state is not known any more: it must not go back to the pool. */
  broken = false;
  /** An error between two statements would otherwise be nobody's, and end the process. */
  readonly #onError = (): void => void (this.broken = true);

  constructor(readonly client: PoolClient) {
    client.on('error', this.#onError);
  }

  release(): void {
    this.client.off('error', this.#onError);
    this.client.release(this.broken);
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { command, rowCount, rows } = await this.client.query(sql, [...parameters]);
      const changes = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE';
      return { rows: rows as R[], ...(changes && { numAffectedRows: BigInt(rowCount ?? 0) }) };
    } catch (error) {
      // A server's verdict on a statement has a SQLSTATE; anything else is about the connection.
      if (!/^(?!08|57P)[0-9A-Z]{5}$/u.test(codeOf(error) ?? '')) this.broken = true;
      throw error;
    }
  }

  async *streamQuery(): AsyncIterableIterator<never> {
    await Promise.reject(new Error('this driver does not stream'));
  }
}
