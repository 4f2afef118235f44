/**
 * @module The publisher's transaction: from the outbox into the log, at positions without a gap, and with it to
 * whoever asked for such events. All of it commits or none, so nothing is lost and nothing comes twice.
 */
import { sql, type Kysely } from 'kysely';
import type { PublishedEvent } from './port/events.js';
import { iso } from './json.js';
import { COLUMNS as TOLD, type OutboxTable } from './outbox.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { single, transact, type Work } from './work.js';

/** Hands events to those who asked for them, in the transaction that publishes them. */
export type FanOut = (work: Work, events: readonly PublishedEvent[]) => Promise<void>;

export interface EventLogTable {
  last: string | number;
}

export interface EventsTable extends Omit<OutboxTable, 'seq'> {
  position: string | number;
}

export async function publishEvents(
  db: Kysely<Tables>,
  settings: StoreSettings,
  fanOut: FanOut,
  limit: number,
): Promise<number> {
  // Most looks find nothing, and should cost no transaction.
  if ((await single(db.selectFrom('outbox').select('seq').limit(1).execute())).length === 0) return 0;
  return await transact(db, settings, async (work) => {
    // Its own statement: what the next one sees is as new as the lock.
    const log = await work.trx.selectFrom('event_log').select('last').forUpdate().skipLocked().execute();
    if (log.length === 0) return 0;
    const events = await move(work, limit);
    if (events.length > 0) await fanOut(work, events);
    return events.length;
  });
}

async function move({ trx }: Work, limit: number): Promise<PublishedEvent[]> {
  const { rows } = await sql<Rows['events']>`
    with taken as (
      delete from outbox where seq in (select seq from outbox order by seq limit ${limit}) returning *
    ), placed as (
      insert into events (position, ${COLUMNS})
      select event_log.last + row_number() over (order by taken.seq), ${TAKEN} from taken, event_log
      returning *
    ), counted as (
      update event_log set last = last + (select count(*) from taken) where exists (select from taken)
    )
    select * from placed order by position`.execute(trx);
  return rows.map(publishedOf);
}

const NAMES: readonly (keyof EventsTable)[] = [...TOLD, 'created_at'];
const COLUMNS = sql.join(NAMES.map((name) => sql.ref(name)));
const TAKEN = sql.join(NAMES.map((name) => sql.ref(`taken.${name}`)));

export const publishedOf = (row: Rows['events']): PublishedEvent => ({
  ...{ position: Number(row.position), id: row.id, org: row.org, type: row.type, mode: row.mode },
  ...{ mailbox: row.mailbox, message: row.message, recipientIndex: row.recipient, reason: row.reason },
  ...{ smtpStatus: row.smtp_status, suppression: row.suppression, investigation: row.investigation },
  ...{ provider: row.provider, createdAt: iso(row.created_at) },
});
