/**
 * @module PGlite: PostgreSQL inside this process, in memory or in a folder. It has a single connection, so
 * transactions queue for it. Two processes on one folder are kept apart by the owner of the folder.
 */
import { Duplex } from 'node:stream';
import { PGlite } from '@electric-sql/pglite';
import { Pool } from 'pg';
import type { Kysely } from 'kysely';
import { openWith } from './dialect.js';
import type { Tables } from './tables.js';

/** Opens the database in a folder, which is made where absent; without a folder, in memory. */
export async function openPglite(dataDir?: string): Promise<Kysely<Tables>> {
  const pglite = await PGlite.create(dataDir);
  const pool = new Pool({
    max: 1,
    idleTimeoutMillis: 0,
    user: 'postgres',
    database: 'postgres',
    // Typed as a socket, used as a stream.
    stream: () => new Wire(pglite),
  });
  pool.on('error', () => undefined);
  return openWith(pool, { whenOver: () => pglite.close() });
}

/** `pg` closes a connection with this message; to PGlite it would mean to end. */
const TERMINATE = 0x58;

/** The bytes of PostgreSQL's protocol, to PGlite and back, where `pg` expects a socket. */
class Wire extends Duplex {
  constructor(readonly pglite: PGlite) {
    super();
  }

  /** One session lies behind every connection: what an earlier one left open or prepared must go. */
  connect(): this {
    this.pglite.exec('rollback; deallocate all').then(
      () => this.emit('connect'),
      (error: unknown) => this.destroy(error as Error),
    );
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {
    // Pushed as it comes.
  }

  /** A statement is several messages; together they are one call. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map((one) => one.chunk)), 'buffer', done);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (chunk[0] === TERMINATE) {
      done();
      this.push(null);
      return;
    }
    // PGlite answers in microtasks: without this, a queue of statements would hold up timers and sockets.
    setImmediate(() => {
      this.pglite.execProtocolRaw(chunk).then(
        (answer) => {
          if (answer.length > 0) this.push(answer);
          done();
        },
        (error: unknown) => done(error as Error),
      );
    });
  }
}
