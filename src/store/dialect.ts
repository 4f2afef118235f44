/**
 * @module Both backends speak PostgreSQL's protocol through `pg`; only where its bytes go differs. Statements
 * are prepared once per connection, because planning one costs more than running it.
 */
import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import {
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { codeOf } from './failure.js';
import type { Tables } from './tables.js';

export interface PoolOptions {
  /** Whether statements are prepared once per connection; default true. */
  prepare?: boolean;
  /** Ends what stands behind the pool. */
  whenOver?: () => Promise<void>;
}

export const openWith = (pool: Pool, options: PoolOptions = {}): Kysely<Tables> =>
  new Kysely<Tables>({
    dialect: {
      createDriver: () => new PoolDriver(pool, options),
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });

class PoolDriver implements Driver {
  readonly #names: StatementNames;

  constructor(
    readonly pool: Pool,
    readonly options: PoolOptions,
  ) {
    this.#names = new StatementNames(options.prepare ?? true);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<PoolConnection> {
    return new PoolConnection(await this.pool.connect(), this.#names);
  }

  releaseConnection(connection: PoolConnection): Promise<void> {
    connection.release();
    return Promise.resolve();
  }

  /** The isolation is always named: a server's own default must not change what a transaction means. */
  async beginTransaction(connection: PoolConnection, settings: TransactionSettings): Promise<void> {
    const { isolationLevel = 'read committed', accessMode } = settings;
    await run(connection, `begin isolation level ${isolationLevel}${accessMode ? ` ${accessMode}` : ''}`);
  }

  commitTransaction(connection: PoolConnection): Promise<void> {
    return run(connection, 'commit');
  }

  /** A broken connection has nothing to roll back; to ask it would only hang for another time-out. */
  async rollbackTransaction(connection: PoolConnection): Promise<void> {
    if (!connection.broken) await run(connection, 'rollback');
  }

  async destroy(): Promise<void> {
    await this.pool.end();
    await this.options.whenOver?.();
  }
}

async function run(connection: DatabaseConnection, statement: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(statement));
}

class PoolConnection implements DatabaseConnection {
  /** Its state is not known any more: it must not go back to the pool. */
  broken = false;
  /** An error between two statements would otherwise be nobody's, and end the process. */
  readonly #onError = (): void => void (this.broken = true);

  constructor(
    readonly client: PoolClient,
    readonly names: StatementNames,
  ) {
    client.on('error', this.#onError);
  }

  release(): void {
    this.client.off('error', this.#onError);
    this.client.release(this.broken);
  }

  async executeQuery<R>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { command, rowCount, rows } = await this.client.query(
        parameters.length === 0 ? text : { text, values: [...parameters], name: this.names.of(text) },
      );
      const changes = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE';
      return { rows: rows as R[], ...(changes && { numAffectedRows: BigInt(rowCount ?? 0) }) };
    } catch (error) {
      if (!isVerdict(error)) this.broken = true;
      throw error;
    }
  }

  async *streamQuery(): AsyncIterableIterator<never> {
    await Promise.reject(new Error('this driver does not stream'));
  }
}

/**
 * A server's verdict on a statement has a SQLSTATE; anything else is about the connection. So is a prepared
 * statement that a migration has made stale, or that is there or gone behind our back (0A000, 26000, 42P05): a new
 * connection has none.
 */
const isVerdict = (error: unknown): boolean =>
  /^(?!08|57P|0A000|26000|42P05)[0-9A-Z]{5}$/u.test(codeOf(error) ?? '');

/**
 * Names for the statements that come again; those with lists of many lengths would only fill memory. A name is a
 * digest of its statement, so that processes which share a server's session by a pooler never mean another one.
 */
class StatementNames {
  readonly #names = new Map<string, string>();
  static readonly #MOST = 200;
  static readonly #LONGEST = 8_000;

  constructor(readonly isOn: boolean) {}

  of(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || !this.isOn) return known;
    if (this.#names.size === StatementNames.#MOST || text.length > StatementNames.#LONGEST) return undefined;
    const name = `mw_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
    this.#names.set(text, name);
    return name;
  }
}
