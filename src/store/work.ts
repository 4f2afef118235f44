/**
 * @module One transaction of the store: its connection, its one instant, and the audit rows that it leaves.
 * Locks are taken in one order everywhere: message, recipients, the names of those who are counted, quotas, soft
 * bounces, suppressions, investigations (each by key; quotas as `lockedFirst` in limits.ts has it).
 */
import { sql, type Compilable, type Kysely, type OperationNodeSource, type Transaction } from 'kysely';
import { canonical } from '../core/email/canonical.js';
import type { Mode } from '../core/email/id.js';
import { cleaned, cleanedAll, iso } from './json.js';
import { mayTryAgain, outward } from './failure.js';
import { outboxInsert, type About } from './outbox.js';
import { valuesOf } from './recordset.js';
import type { StoreSettings } from './settings.js';
import type { Tables } from './tables.js';

/** One audit row. `data` holds ids, codes, numbers and recipient indexes: it outlives an erasure. */
export interface Note {
  org: string;
  message?: string | null;
  type: string;
  by: string;
  data?: Record<string, unknown>;
  /** Where it happened; every note of which the outside is told says at least the mode. */
  mode?: Mode;
  mailbox?: string | null;
  /** What the outside is told of it, where that is not its type for each of `data.recipients`; see eventsOf. */
  about?: readonly About[];
}

export interface Work {
  trx: Transaction<Tables>;
  now: Date;
  settings: StoreSettings;
  /** Leaves an audit row, written at the end of the transaction. */
  note: (note: Note) => void;
  /**
   * Leaves a write for the end of the transaction, where all of them go as one statement. `rows` names what it
   * writes to: one statement never writes to the same row twice, so a second write to it goes after the first.
   */
  later: (rows: string | readonly string[], write: Write) => void;
  /** Writes what was left until now, for whoever reads it back in the same transaction. */
  flush: () => Promise<void>;
  /** Is called once all of it is there for good. */
  afterwards: (then: () => void) => void;
}

/** A statement that changes something and whose answer nobody needs. */
export type Write = Compilable & OperationNodeSource;

const MOST_TRIES = 6;

/** Runs one transaction; a deadlock or serialization failure runs it again, a few times. */
export async function transact<T>(
  db: Kysely<Tables>,
  settings: StoreSettings,
  body: (work: Work) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      const committed: (() => void)[] = [];
      const answered = await db.transaction().execute(async (trx) => {
        const notes: Note[] = [];
        const writes = new Writes(trx);
        const now = settings.clock();
        const answer = await body({
          ...{ trx, now, settings },
          note: (note) => void notes.push(note),
          later: (rows, write) => writes.add(rows, write),
          flush: () => writes.flush(),
          afterwards: (then) => void committed.push(then),
        });
        if (notes.length > 0) writes.add('audit', insertOf(trx, settings, now, notes));
        const told = outboxInsert(trx, now, notes);
        if (told !== null) writes.add('outbox', told);
        await writes.flush();
        return answer;
      });
      for (const then of committed) then();
      return answered;
    } catch (error) {
      if (tries === MOST_TRIES || !mayTryAgain(error)) throw outward(error);
      await new Promise((resolve) => setTimeout(resolve, 5 * 2 ** tries * (0.5 + Math.random())));
    }
  }
}

/** Verbs as the port has them: each in a transaction of its own. */
export const inOne =
  (db: Kysely<Tables>, settings: StoreSettings) =>
  <A extends unknown[], T>(verb: (work: Work, ...args: A) => Promise<T>) =>
  (...args: A): Promise<T> =>
    transact(db, settings, (work) => verb(work, ...args));

/** Whoever takes the same name waits until this transaction is over. Taken before any row. */
export const lockName = (work: Pick<Work, 'trx'>, name: string): Promise<void> => lockNames(work, [name]);

/** Several, in an order that is the same for everybody. */
export async function lockNames({ trx }: Pick<Work, 'trx'>, names: readonly string[]): Promise<void> {
  const sorted = JSON.stringify([...new Set(names)].sort());
  await sql`
    select pg_advisory_xact_lock(hashtextextended(name, 0)) from json_array_elements_text(${sorted}::json) as name
  `.execute(trx);
}

/** Reads on one snapshot: what several statements find belongs together. */
export async function snapshot<T>(
  db: Kysely<Tables>,
  body: (trx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  try {
    return await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(body);
  } catch (error) {
    throw outward(error);
  }
}

/** One statement, outside a transaction of ours. */
export async function single<T>(statement: Promise<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    throw outward(error);
  }
}

/** A statement takes 65,535 parameters, and the longer it is, the longer it is planned. */
const MOST_MERGED = 40;

/** Writes that may go as one statement, and the names of all that they write to. */
interface Group {
  writes: Write[];
  rows: Set<string>;
}

class Writes {
  #groups: Group[] = [];

  constructor(readonly trx: Transaction<Tables>) {}

  add(rows: string | readonly string[], write: Write): void {
    const names = typeof rows === 'string' ? [rows] : rows;
    let last = this.#groups.at(-1);
    if (!last || last.writes.length === MOST_MERGED || names.some((name) => last?.rows.has(name)))
      this.#groups.push((last = { writes: [], rows: new Set() }));
    last.writes.push(write);
    for (const name of names) last.rows.add(name);
  }

  async flush(): Promise<void> {
    const groups = this.#groups;
    this.#groups = [];
    for (const { writes } of groups) {
      const named = writes.map((write, i) => sql`${sql.raw(`w${i}`)} as (${write})`);
      await sql`with ${sql.join(named)} select 1`.execute(this.trx);
    }
  }
}

const AUDITED = [...(['org', 'message', 'type', 'by', 'at', 'body', 'digest'] as const)];

function insertOf(
  trx: Transaction<Tables>,
  settings: StoreSettings,
  now: Date,
  notes: readonly Note[],
): Write {
  const rows = notes.map(({ org, message = null, type, by, data = {} }) => {
    const entry = { org, message, type, by: cleaned(by) };
    const body = canonical({ ...entry, at: iso(now), data: cleanedAll(data) });
    return { ...entry, at: now, body, digest: settings.sha256(body) };
  });
  return trx
    .insertInto('audit')
    .columns(AUDITED)
    .expression(valuesOf('audit', AUDITED, rows));
}
