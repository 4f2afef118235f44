/**
 * @module Suppressions as rows: one active row per address and scope, whoever asks for it. Whoever unsubscribed may
 * still get transactional email, so that is a row of its own: it never stands in for a bounce, nor goes with it.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { addressKey } from '../core/email/address.js';
import type { Mode } from '../core/email/id.js';
import { suppressionCode } from '../core/policy/suppression-code.js';
import { cleaned, dateOf, dateOrNull, iso } from './json.js';
import { valuesOf } from './recordset.js';
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

/**
 * In key order, each address once: two webhooks that name the same people in another order never deadlock. Answers how
 * many are new.
 */
export async function suppressAll(work: Work, all: readonly NewSuppression[]): Promise<number> {
  const keyOf = (one: NewSuppression): string =>
    `${one.org} ${one.mode} ${suppressionKey(one)} ${one.scope} ${one.mailbox ?? ''} ${one.reason === UNSUBSCRIBE}`;
  const unique = new Map<string, NewSuppression>();
  for (const one of all) {
    const first = unique.get(keyOf(one));
    // As where they come one after the other: the first of several reasons stands, and the latest of their expiries.
    unique.set(keyOf(one), first === undefined ? one : { ...first, expiresAt: later(first, one) });
  }
  const { made } = await suppressEach(
    work,
    [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
  );
  return made;
}

const later = (one: NewSuppression, other: NewSuppression): string | undefined => {
  if (one.expiresAt === undefined || other.expiresAt === undefined) return undefined;
  return dateOf(one.expiresAt) < dateOf(other.expiresAt) ? other.expiresAt : one.expiresAt;
};

export const suppressionKey = ({ scope, address }: Pick<NewSuppression, 'scope' | 'address'>): string =>
  scope === 'domain' ? address.toLowerCase() : addressKey(address);

/** Makes the row, or finds the one there is; of two expiries the later holds, and none is the latest. */
export async function suppress(work: Work, wanted: NewSuppression): Promise<Rows['suppressions']> {
  const [kept] = (await suppressEach(work, [wanted])).rows;
  if (kept === undefined) throw new Error('a suppression was neither made nor found');
  return kept;
}

/** No address twice; answers them in the order given, and how many are new. */
async function suppressEach(
  work: Work,
  all: readonly NewSuppression[],
): Promise<{ rows: Rows['suppressions'][]; made: number }> {
  if (all.length === 0) return { rows: [], made: 0 };
  const rows = all.map((one) => rowOf(work, one));
  await retire(work, rows);
  const kept = await work.trx
    .insertInto('suppressions')
    .columns(COLUMNS)
    .expression(valuesOf('suppressions', COLUMNS, rows))
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
    .execute();
  const ids = new Set(kept.map((row) => row.id));
  for (const [i, { org, id, scope, reason, message, mode, mailbox }] of rows.entries())
    if (ids.has(id))
      work.note({
        ...{ org, message, type: 'suppression.created', by: all[i]?.by ?? '' },
        data: { suppression: id, scope, reason: suppressionCode(reason) },
        ...{ mode, mailbox, about: [{ reason }] },
      });
  return { rows: kept, made: rows.filter((row) => ids.has(row.id)).length };
}

const COLUMNS = [
  ...(['org', 'id', 'mode', 'scope', 'mailbox', 'address', 'address_key', 'reason', 'source'] as const),
  ...(['message', 'created_at', 'expires_at', 'removed_at', 'removed_by'] as const),
];

const rowOf = ({ now }: Work, wanted: NewSuppression): Rows['suppressions'] => ({
  ...{ org: wanted.org, id: `sup_${randomUUID().replaceAll('-', '')}`, mode: wanted.mode },
  ...{ scope: wanted.scope, mailbox: wanted.mailbox ?? null },
  ...{ address: wanted.address, address_key: suppressionKey(wanted), reason: cleaned(wanted.reason) },
  ...{ source: cleaned(wanted.source), message: wanted.message ?? null, created_at: now },
  expires_at: dateOrNull(wanted.expiresAt),
  ...{ removed_at: null, removed_by: null },
});

/** One that ran out makes way, so that the new one stands with its own reason. Locked in the order given. */
async function retire({ trx, now }: Work, rows: readonly Rows['suppressions'][]): Promise<void> {
  const named = rows.map(({ org, mode, address_key, scope, mailbox }, number) => ({
    ...{ org, mode, address_key, scope, mailbox, number },
  }));
  await trx
    .updateTable('suppressions')
    .set({ removed_at: now, removed_by: 'expiry' })
    .where(
      sql<boolean>`(org, id) in (
        select one.org, one.id from suppressions one
        join json_to_recordset(${JSON.stringify(named)}::json)
          as told (org text, mode text, address_key text, scope text, mailbox text, number integer)
          on told.org = one.org and told.mode = one.mode and told.address_key = one.address_key
            and told.scope = one.scope and coalesce(told.mailbox, '') = coalesce(one.mailbox, '')
        where one.removed_at is null and one.expires_at <= ${iso(now)}::timestamptz
        order by told.number, one.id for update of one
      )`,
    )
    .execute();
}
