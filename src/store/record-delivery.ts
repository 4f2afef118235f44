/** @module What became of a try at a delivery: of itself, of its endpoint, and of the next one that waited for it. */
import { sql } from 'kysely';
import { iso } from './json.js';
import type { DeliveryOutcome, DeliveryStatus } from './port/webhooks.js';
import type { Work } from './work.js';

/** An endpoint at which all failed for so long is given up. */
const GIVEN_UP_MS = 5 * 24 * 3_600_000;

export async function recordDelivery(work: Work, outcome: DeliveryOutcome): Promise<boolean> {
  const { trx, now } = work;
  const { id, leaseUntil, tries, status, error, then } = outcome;
  const at = then.is === 'retry' ? new Date(then.at) : now;
  const failed = then.is === 'dead' ? 'dead' : 'pending';
  const row = await trx
    .updateTable('webhook_deliveries')
    .set({ lease_until: null, last_status: status ?? null, last_error: error ?? null })
    .set(
      then.is === 'delivered'
        ? { status: then.is, finished_at: now }
        : {
            // Redelivered meanwhile, it begins again: what it came to before no longer counts.
            status: sql<DeliveryStatus>`case when tries = ${tries} then ${failed} else status end`,
            next_at: sql<Date>`case when tries = ${tries} then ${iso(at)}::timestamptz else ${iso(now)}::timestamptz end`,
            ...(then.is === 'dead' && {
              finished_at: sql<Date | null>`case when tries = ${tries} then ${iso(now)}::timestamptz end`,
            }),
          },
    )
    .where('id', '=', id)
    .where('status', '=', 'pending')
    // A failure counts while the lease is ours; what has arrived has arrived, whoever is at it now.
    .$if(then.is !== 'delivered', (query) => query.where('lease_until', '=', new Date(leaseUntil)))
    .returning(['org', 'webhook', 'message', 'status'])
    .executeTakeFirst();
  if (row === undefined) return false;
  await judge(work, row, outcome);
  if (row.status !== 'pending' && row.message !== null) await wakeNext(work, row.webhook, row.message);
  return true;
}

/** What the outcome says of the endpoint. */
async function judge(
  { trx, now, note }: Work,
  { org, webhook }: { org: string; webhook: string },
  { then, gone = false, blameless = false }: DeliveryOutcome,
): Promise<void> {
  if (blameless) return;
  const endpoint = trx.updateTable('webhooks').where('id', '=', webhook);
  if (then.is === 'delivered') {
    await endpoint.set({ failing_since: null }).where('failing_since', 'is not', null).execute();
    return;
  }
  const { failing_since } = await endpoint
    .set((eb) => ({ failing_since: eb.fn.coalesce('failing_since', eb.val(now)) }))
    .returning('failing_since')
    .executeTakeFirstOrThrow();
  const isHopeless = failing_since !== null && failing_since.getTime() <= now.getTime() - GIVEN_UP_MS;
  if (!gone && !isHopeless) return;
  const reason = gone ? 'gone' : 'failing';
  const disabled = await endpoint
    .set((eb) => ({ status: 'disabled', reason, version: eb('version', '+', 1), updated_at: now }))
    .where('status', '=', 'active')
    .returning('id')
    .executeTakeFirst();
  if (disabled === undefined) return;
  note({ org, type: 'webhook.disabled', by: 'dispatcher', data: { webhook, reason } });
}

/**
 * The next one about this message, unless it waits for its own next try: one that was tried and put off has a lease
 * that is over. Written in any case: see `putOff` in take-deliveries.ts.
 */
async function wakeNext({ trx, now }: Work, webhook: string, message: string): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({ next_at: now })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('webhook_deliveries as next')
        .select('next.id')
        .where('next.webhook', '=', webhook)
        .where('next.message', '=', message)
        .where('next.status', '=', 'pending')
        .orderBy('next.position')
        .limit(1),
    )
    .where('status', '=', 'pending')
    .where((eb) => eb.or([eb('tries', '=', 0).and('lease_until', 'is', null), eb('lease_until', '<=', now)]))
    .execute();
}
