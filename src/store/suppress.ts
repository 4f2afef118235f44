/**
 * @module Suppressions as rows: one active row per address and scope, whoever asks for it. Whoever unsubscribed may
 * still get transactional email, so that is a row of its own: it never stands in for a bounce, nor goes with it.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { addressKey } from '../core/email/address.js';
import type { Mode } from '../core/email/id.js';
import { cleaned, dateOrNull } from './json.js';
import type { SuppressionRow } from './store.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

export interface NewSuppression {
  org: string;
  mode: Mode;
  address: string;
  scope: SuppressionRow['scope'];
  mailbox?: string | undefined;
  reason: string;
  source: string;
  message?: string;
  expiresAt?: string | undefined;
  by: string;
}

/** The reason that transactional email does not heed; see the rule suppression_check. */
const UNSUBSCRIBE = 'unsubscribe';

/** In key order, each address once: two webhooks that name the same people in another order never deadlock. */
export async function suppressAll(work: Work, all: readonly NewSuppression[]): Promise<void> {
  const keyOf = (one: NewSuppression): string =>
    `${one.org} ${one.mode} ${suppressionKey(one)} ${one.scope} ${one.reason === UNSUBSCRIBE}`;
  const unique = new Map<string, NewSuppression>();
  // The first of several reasons stands, as it does where they come one after the other.
  for (const one of all) if (!unique.has(keyOf(one))) unique.set(keyOf(one), one);
  for (const [, one] of [...unique].sort(([a], [b]) => (a < b ? -1 : 1))) await suppress(work, one);
}

export const suppressionKey = ({ scope, address }: Pick<NewSuppression, 'scope' | 'address'>): string =>
  scope === 'domain' ? address.toLowerCase() : addressKey(address);

/** Makes the row, or finds the one there is; of two expiries the later holds, and none is the latest. */
export async function suppress(work: Work, wanted: NewSuppression): Promise<Rows['suppressions']> {
  const { trx, now, note } = work;
  const { org, mode, scope, mailbox, by } = wanted;
  const row: Rows['suppressions'] = {
    ...{ org, id: `sup_${randomUUID().replaceAll('-', '')}`, mode, scope, mailbox: mailbox ?? null },
    ...{ address: wanted.address, address_key: suppressionKey(wanted), reason: cleaned(wanted.reason) },
    ...{ source: cleaned(wanted.source), message: wanted.message ?? null, created_at: now },
    expires_at: dateOrNull(wanted.expiresAt),
    ...{ removed_at: null, removed_by: null },
  };
  await retire(work, row);
  const kept = await trx
    .insertInto('suppressions')
    .values(row)
    .onConflict((conflict) =>
      conflict
        // kysely takes columns or one expression; these are the index's terms, in its order.
        .expression(sql`org, mode, address_key, scope, coalesce(mailbox, ''), (reason = 'unsubscribe')`)
        .where('removed_at', 'is', null)
        .doUpdateSet({
          expires_at: sql<Date | null>`case
            when suppressions.expires_at is null or excluded.expires_at is null then null
            else greatest(suppressions.expires_at, excluded.expires_at) end`,
        }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  if (kept.id === row.id)
    note({
      ...{ org, message: row.message, type: 'suppression.created', by },
      data: { suppression: row.id, scope, reason: row.reason },
      ...{ mode, mailbox: row.mailbox, about: [{ reason: row.reason }] },
    });
  return kept;
}

/** One that ran out makes way, so that the new one stands with its own reason. */
async function retire({ trx, now }: Work, row: Rows['suppressions']): Promise<void> {
  await trx
    .updateTable('suppressions')
    .set({ removed_at: now, removed_by: 'expiry' })
    .where('org', '=', row.org)
    .where('mode', '=', row.mode)
    .where('address_key', '=', row.address_key)
    .where('scope', '=', row.scope)
    .where(sql`coalesce(mailbox, '')`, '=', row.mailbox ?? '')
    .where('removed_at', 'is', null)
    .where('expires_at', '<=', now)
    .execute();
}
