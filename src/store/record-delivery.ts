/** @module What became of a try at a delivery: of itself, of its endpoint, and of the next one that waited for it. */
import type { DeliveryOutcome } from './port/webhooks.js';
import type { Work } from './work.js';

/** An endpoint at which all failed for so long is given up. */
const GIVEN_UP_MS = 5 * 24 * 3_600_000;

export async function recordDelivery(work: Work, outcome: DeliveryOutcome): Promise<boolean> {
  const { trx, now } = work;
  const { id, leaseUntil, status, error, then } = outcome;
  const isOver = then.is !== 'retry';
  const row = await trx
    .updateTable('webhook_deliveries')
    .set({ lease_until: null, last_status: status ?? null, last_error: error ?? null })
    .set(isOver ? { status: then.is, finished_at: now } : { next_at: new Date(then.at) })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    // A failure counts while the lease is ours; what has arrived has arrived, whoever is at it now.
    .$if(then.is !== 'delivered', (query) => query.where('lease_until', '=', new Date(leaseUntil)))
    .returning(['org', 'webhook', 'message'])
    .executeTakeFirst();
  if (row === undefined) return false;
  await judge(work, row, outcome);
  if (isOver && row.message !== null) await wakeNext(work, row.webhook, row.message);
  return true;
}

/** What the outcome says of the endpoint. */
async function judge(
  { trx, now, note }: Work,
  { org, webhook }: { org: string; webhook: string },
  { then, gone = false }: DeliveryOutcome,
): Promise<void> {
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

/** The next one about this message has waited for nothing else. Written in any case: see `putOff` in take-deliveries.ts. */
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
    .where('tries', '=', 0)
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', now)]))
    .execute();
}
