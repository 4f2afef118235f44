/**
 * @module How many emails in a row bounced softly for good at an address, over all messages: at a certain number the
 * address is suppressed, and a delivery begins anew.
 */
import { sql } from 'kysely';
import type { Mode } from '../core/email/id.js';
import type { NewSuppression } from './suppress.js';
import type { Work } from './work.js';

export interface SoftBouncesTable {
  org: string;
  mode: Mode;
  address_key: string;
  finals: number;
  updated_at: Date;
}

/** What an email came to at an address: a soft bounce after which it is not tried again, or a delivery. */
export interface AddressNews {
  org: string;
  mode: Mode;
  key: string;
  /** The suppression that follows if this is one too many; null: it was delivered. */
  worn: NewSuppression | null;
}

/** Counts in the order given, under a lock for each address, in key order; answers whom to suppress. */
export async function countSoftBounces(work: Work, all: readonly AddressNews[]): Promise<NewSuppression[]> {
  const byKey = new Map<string, AddressNews[]>();
  for (const one of all) {
    const name = `${one.org} ${one.mode} ${one.key}`;
    byKey.set(name, [...(byKey.get(name) ?? []), one]);
  }
  const groups = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, news]) => news);
  const reached: AddressNews[] = [];
  const suppressions: NewSuppression[] = [];
  for (const news of groups) {
    const [first] = news;
    if (first === undefined) continue;
    if (news.some((one) => one.worn !== null)) suppressions.push(...(await count(work, first, news)));
    else reached.push(first);
  }
  forget(work, reached);
  return suppressions;
}

async function count(
  work: Work,
  { org, mode, key }: AddressNews,
  news: readonly AddressNews[],
): Promise<NewSuppression[]> {
  const { trx, now, settings } = work;
  const { suppressAfter } = settings.bounceHandling.softBounces;
  const before = await trx
    .insertInto('soft_bounces')
    .values({ org, mode, address_key: key, finals: 0, updated_at: now })
    .onConflict((conflict) =>
      conflict.columns(['org', 'mode', 'address_key']).doUpdateSet({ updated_at: now }),
    )
    .returning('finals')
    .executeTakeFirstOrThrow();
  let { finals } = before;
  const suppressions: NewSuppression[] = [];
  for (const { worn } of news) {
    finals = worn === null ? 0 : finals + 1;
    if (worn === null || finals < suppressAfter) continue;
    suppressions.push(worn);
    // Whoever permits the address again gives it all its chances.
    finals = 0;
  }
  const row = trx.updateTable('soft_bounces').set({ finals });
  await row.where('org', '=', org).where('mode', '=', mode).where('address_key', '=', key).execute();
  return suppressions;
}

/** Most addresses have no row; that costs no statement of its own. */
function forget({ trx, later }: Work, reached: readonly AddressNews[]): void {
  if (reached.length === 0) return;
  const named = JSON.stringify(reached.map(({ org, mode, key }) => ({ org, mode, key })));
  later(
    'soft bounces',
    trx.deleteFrom('soft_bounces').where(
      sql<boolean>`(org, mode, address_key) in (
        select one.org, one.mode, one.address_key from soft_bounces one
        join json_to_recordset(${named}::json) as told (org text, mode text, key text)
          on told.org = one.org and told.mode = one.mode and told.key = one.address_key
        order by 1, 2, 3 for update of one
      )`,
    ),
  );
}
