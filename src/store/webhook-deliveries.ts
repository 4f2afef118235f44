/**
 * @module Deliveries as people look at them: what went to an endpoint, what did not, and once more. Who tries
 * them is in take-deliveries.ts.
 */
import { sql, type Kysely } from 'kysely';
import { WANTS } from './fan-out.js';
import { idWith } from './id.js';
import { dateOf, iso, isoOrNull, toJson } from './json.js';
import { newestPage } from './page.js';
import type { DeliveryRow, DeliveryStatus, OneWebhook, WebhookStore } from './port/webhooks.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { findWebhook, IS_FOR_IT } from './webhooks.js';
import { single, transact, type Work } from './work.js';

export interface WebhookDeliveriesTable {
  org: string;
  id: string;
  webhook: string;
  event: string;
  type: string;
  message: string | null;
  position: number | string;
  status: DeliveryStatus;
  tries: number;
  next_at: Date;
  lease_until: Date | null;
  last_status: number | null;
  last_error: string | null;
  created_at: Date;
  finished_at: Date | null;
}

type Verbs = Pick<WebhookStore, 'pingWebhook' | 'deliveries' | 'redeliver' | 'replayTo'>;

/** The type of an event that only says hello. */
export const PING = 'webhook.ping';

export function webhookDeliveries(db: Kysely<Tables>, settings: StoreSettings): Verbs {
  return {
    pingWebhook: (one) => transact(db, settings, (work) => pingWebhook(work, one)),

    deliveries: async ({ status, event, limit, cursor, ...one }) => {
      return await newestPage(
        db
          .selectFrom('webhook_deliveries')
          .selectAll()
          .where('webhook', 'in', findWebhook(db, one).clearSelect().select('id'))
          .where(IS_FOR_IT)
          .$if(status !== undefined, (query) => query.where('status', '=', status ?? 'pending'))
          .$if(event !== undefined, (query) => query.where('event', '=', event ?? '')),
        { limit, cursor },
        deliveryOf,
      );
    },

    redeliver: ({ delivery, ...one }) =>
      transact(db, settings, async ({ trx, now }) => {
        const row = await trx
          .updateTable('webhook_deliveries')
          .set({ status: 'pending', tries: 0, last_status: null, last_error: null, finished_at: null })
          // Whoever is at it right now goes on; nobody else begins beside it.
          .set({ next_at: sql<Date>`case when lease_until > ${now} then next_at else ${now} end` })
          .where('id', '=', delivery)
          .where('webhook', 'in', findWebhook(trx, one).clearSelect().select('id'))
          .where(IS_FOR_IT)
          .returningAll()
          .executeTakeFirst();
        return row === undefined ? null : deliveryOf(row);
      }),

    replayTo: (wanted) => transact(db, settings, (work) => replayTo(work, wanted)),
  };
}

async function pingWebhook({ trx, now }: Work, one: OneWebhook): Promise<DeliveryRow | null> {
  const webhook = await findWebhook(trx, one).executeTakeFirst();
  if (webhook === undefined) return null;
  const row: Rows['webhook_deliveries'] = {
    ...{ org: one.org, id: idWith('whd'), webhook: one.id, event: idWith('evt'), type: PING },
    ...{ message: null, position: 0, status: 'pending', tries: 0, next_at: now, lease_until: null },
    ...{ last_status: null, last_error: null, created_at: now, finished_at: null },
  };
  await trx.insertInto('webhook_deliveries').values(row).execute();
  return deliveryOf(row);
}

async function replayTo(
  { trx, now }: Work,
  { after, until, types, limit, ...one }: Parameters<WebhookStore['replayTo']>[0],
): ReturnType<WebhookStore['replayTo']> {
  const { rows } = await sql<{ enqueued: number; seen: number; id: string; position: number | string }>`
    with page as materialized (
      select e.org, e.id, e.type, e.message, e.position, w.id as webhook
      from events e
      join (${findWebhook(trx, one)}) w on w.org = e.org and w.mode = e.mode
      where e.org = ${one.org} and e.mode = ${one.mode} and e.position > ${after} and ${WANTS}
        and (${types.length} = 0 or ${toJson(types)}::jsonb @> to_jsonb(e.type))
        and (${until ?? null}::text is null or e.created_at <= ${until === undefined ? now : dateOf(until)})
      order by e.position
      limit ${limit}
    ), put as (
      insert into webhook_deliveries as d
        (org, id, webhook, event, type, message, position, status, tries, next_at, created_at)
      select org, 'whd_' || replace(gen_random_uuid()::text, '-', ''), webhook, id, type, message,
        position, 'pending', 0, ${iso(now)}::timestamptz, ${iso(now)}::timestamptz
      from page
      on conflict (webhook, event) do update
        set status = 'pending', tries = 0, next_at = excluded.next_at,
          last_status = null, last_error = null, finished_at = null
        where d.status <> 'pending'
      returning 1
    )
    select (select count(*) from put)::int as enqueued, count(*) over ()::int as seen, id, position
    from page order by position desc limit 1
  `.execute(trx);
  const [last] = rows;
  if (last === undefined) return { enqueued: 0, next: null };
  const next = last.seen < limit ? null : { event: last.id, position: Number(last.position) };
  return { enqueued: last.enqueued, next };
}

/** Longer than a transaction can run that still makes a delivery for an endpoint it saw. */
const SETTLED_MS = 3_600_000;

/** Deletes deliveries that are as old as this, and those of endpoints that are gone, some at a time. */
export async function deleteOldDeliveries(
  db: Kysely<Tables>,
  { now, olderThan, limit }: { now: Date; olderThan: Date; limit: number },
): Promise<number> {
  const ids = db.selectFrom('webhook_deliveries as one').select('one.id').limit(limit);
  const aged = ids.where('one.created_at', '<=', olderThan).orderBy('one.created_at');
  const orphans = ids
    .innerJoin('webhooks', 'webhooks.id', 'one.webhook')
    .where('webhooks.deleted_at', 'is not', null);
  let deleted = 0;
  for (const some of [aged, orphans]) {
    const { numDeletedRows } = await single(
      db.deleteFrom('webhook_deliveries').where('id', 'in', some).executeTakeFirstOrThrow(),
    );
    deleted += Number(numDeletedRows);
  }
  await single(
    db
      .deleteFrom('webhooks')
      .where('deleted_at', '<=', new Date(now.getTime() - SETTLED_MS))
      .where((eb) => {
        const one = eb.selectFrom('webhook_deliveries as one').select('one.id');
        return eb.not(eb.exists(one.whereRef('one.webhook', '=', 'webhooks.id')));
      })
      .execute(),
  );
  return deleted;
}

const deliveryOf = (row: Rows['webhook_deliveries']): DeliveryRow => ({
  ...{ id: row.id, webhook: row.webhook, event: row.event, type: row.type, message: row.message },
  ...{ status: row.status, tries: row.tries },
  nextTryAt: row.status === 'pending' ? iso(row.next_at) : null,
  ...{ lastStatus: row.last_status, lastError: row.last_error },
  createdAt: iso(row.created_at),
  finishedAt: isoOrNull(row.finished_at),
});
