/**
 * @module From published events to deliveries: one for each endpoint that wants it, in the transaction that
 * publishes, so that none is lost and none is made twice.
 */
import { sql } from 'kysely';
import type { Mode } from '../core/email/id.js';
import { iso } from './json.js';
import type { Work } from './work.js';

/** As much of an event as decides who is told. */
export interface FannedEvent {
  org: string;
  id: string;
  type: string;
  mode: Mode;
  mailbox: string | null;
  message: string | null;
  position: number | string;
}

/** Whether an endpoint wants an event: the types it named, and its mailboxes. */
export const WANTS = sql<boolean>`
  (w.types = '[]' or w.types::jsonb @> to_jsonb(e.type))
  and (w.mailboxes is null or w.mailboxes::jsonb @> to_jsonb(e.mailbox))
`;

/** A statement has little time, and a busy organisation many endpoints. */
const MOST_ROWS = 500;

export async function fanOut(work: Work, events: readonly FannedEvent[]): Promise<void> {
  const endpoints = await countEndpoints(work, events);
  let some: FannedEvent[] = [];
  let rows = 0;
  for (const event of events) {
    const count = endpoints.get(`${event.org} ${event.mode}`) ?? 0;
    if (count === 0) continue;
    if (rows + count > MOST_ROWS) {
      await insertFor(work, some);
      [some, rows] = [[], 0];
    }
    some.push(event);
    rows += count;
  }
  if (some.length > 0) await insertFor(work, some);
}

/** How many there are of each org and mode: most have none, and then nothing more is asked. */
async function countEndpoints(
  { trx }: Work,
  events: readonly FannedEvent[],
): Promise<ReadonlyMap<string, number>> {
  if (events.length === 0) return new Map();
  const counts = await trx
    .selectFrom('webhooks')
    .select(['org', 'mode', (eb) => eb.fn.countAll<string | number>().as('count')])
    .where('org', 'in', [...new Set(events.map((one) => one.org))])
    .where('deleted_at', 'is', null)
    .where('status', '=', 'active')
    .groupBy(['org', 'mode'])
    .execute();
  return new Map(counts.map(({ org, mode, count }) => [`${org} ${mode}`, Number(count)]));
}

async function insertFor({ trx, now }: Work, events: readonly FannedEvent[]): Promise<void> {
  const rows = events.map(({ org, id, type, mode, mailbox, message, position }) => ({
    ...{ org, id, type, mode, mailbox, message, position },
  }));
  await sql`
    insert into webhook_deliveries
      (org, id, webhook, event, type, message, position, status, tries, next_at, created_at)
    select e.org, 'whd_' || replace(gen_random_uuid()::text, '-', ''), w.id, e.id, e.type, e.message,
      e.position, 'pending', 0, ${iso(now)}::timestamptz, ${iso(now)}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as e (org text, id text, type text, mode text, mailbox text, message text, position bigint)
    join webhooks w on w.org = e.org and w.mode = e.mode
    where w.status = 'active' and w.deleted_at is null and ${WANTS}
    on conflict (webhook, event) do nothing
  `.execute(trx);
}
