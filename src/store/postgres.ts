/**
 * @module PostgreSQL over a pool. Every time-out is below the three seconds that a local activity has, so
 * that a database that is down, or worse, hangs, answers with an error while somebody still listens.
 */
import { Pool } from 'pg';
import type { Kysely } from 'kysely';
import { openWith } from './dialect.js';
import type { Tables } from './tables.js';

export interface PostgresOptions {
  /** Connections; default 10. */
  max?: number | undefined;
  /** Milliseconds that a statement may take; default 2500. */
  statementTimeoutMs?: number | undefined;
  /** A connection that sat in the pool broke; it is replaced, so this is only for the log. */
  onError?: ((error: Error) => void) | undefined;
}

/**
 * Opens a pool; nothing is connected before the first statement. A pooler between, that hands one session to many and
 * knows nothing of prepared statements, needs `prepare=false` in the URL's query.
 */
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
  return openWith(pool, { prepare: !/[?&]prepare=false\b/u.test(url) });
}
