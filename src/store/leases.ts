/**
 * @module Contacts that one principal of an org holds: a row each, by the name under which recipients are found. One
 * that is over counts for nothing; the next one takes its row.
 */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { addressKey } from '../core/email/address.js';
import type { Mode } from '../core/email/id.js';
import { Problem } from '../errors.js';
import { idWith } from './id.js';
import { iso } from './json.js';
import { newestPage } from './page.js';
import type { StoreSettings } from './settings.js';
import type { ContactLeaseRow, ContactLeaseStore } from './store.js';
import type { Rows, Tables } from './tables.js';
import { inOne, lockName, type Work } from './work.js';

export interface ContactLeasesTable {
  org: string;
  mode: Mode;
  address_key: string;
  id: string;
  /** Principal. */
  holder: string;
  created_at: Date;
  until: Date;
}

export function leases(db: Kysely<Tables>, settings: StoreSettings): ContactLeaseStore {
  const verb = inOne(db, settings);
  return {
    acquireLease: verb(acquire),
    renewLease: verb(renew),
    releaseLease: verb(release),
    leases: ({ org, mode, holder, limit, cursor }) =>
      newestPage(
        db
          .selectFrom('contact_leases')
          .selectAll()
          .where('org', '=', org)
          .where('mode', '=', mode)
          .$if(holder !== null, (query) => query.where('holder', '=', holder ?? ''))
          .where('until', '>', settings.clock()),
        { limit, cursor },
        leaseOf,
      ),
  };
}

/**
 * Of a row of `contact_leases`: no key of its holder sends any more, so that nobody would write to them at all until it
 * ends. Not of a holder that never had one.
 */
export const isHolderGone = (now: Date): RawBuilder<boolean> => sql<boolean>`coalesce((
  select not bool_or(keys.revoked_at is null and (keys.expires_at is null or keys.expires_at > ${now})
    and keys.status = 'active')
  from keys where keys.org = contact_leases.org and keys.mode = contact_leases.mode
    and keys.principal = contact_leases.holder
), false)`;

/** As many contacts as one agent may keep the others from at a time. */
const MOST_HELD = 100;

type Wanted<Verb extends keyof ContactLeaseStore> = Parameters<ContactLeaseStore[Verb]>[0];

async function acquire(
  work: Work,
  { org, mode, holder, address, minutes }: Wanted<'acquireLease'>,
): ReturnType<ContactLeaseStore['acquireLease']> {
  const { trx, now, note } = work;
  const row = { org, mode, address_key: addressKey(address), id: idWith('lse'), holder, created_at: now };
  const until = endOf(now, minutes);
  // Two of one holder at once count each other.
  await lockName(work, `leases ${org} ${mode} ${holder}`);
  const isFull = await holdsMost(work, row);
  const isMine = sql<boolean>`contact_leases.holder = ${holder} and contact_leases.until > ${now}`;
  if (isFull) return { result: 'full' };
  const taken = await trx
    .insertInto('contact_leases')
    .values({ ...row, until })
    .onConflict((conflict) =>
      conflict
        .columns(['org', 'mode', 'address_key'])
        .doUpdateSet((eb) => ({
          ...{ until, holder },
          id: eb.case().when(isMine).then(eb.ref('contact_leases.id')).else(row.id).end(),
          created_at: eb.case().when(isMine).then(eb.ref('contact_leases.created_at')).else(now).end(),
        }))
        .where(
          sql<boolean>`contact_leases.holder = ${holder} or contact_leases.until <= ${now} or ${isHolderGone(now)}`,
        ),
    )
    .returningAll()
    .executeTakeFirst();
  if (taken !== undefined) {
    if (taken.id === row.id) note({ org, type: 'lease.acquired', by: holder, data: { lease: row.id } });
    return { result: 'yours', lease: leaseOf(taken) };
  }
  const theirs = await trx
    .selectFrom('contact_leases')
    .selectAll()
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('address_key', '=', row.address_key)
    .executeTakeFirst();
  // Released between the two statements.
  if (theirs === undefined) throw new Problem('unavailable', { detail: 'Try again.', retryAfter: 1 });
  return { result: 'held', lease: leaseOf(theirs) };
}

/** Without the contact that is asked for: to prolong that is one more of nothing. */
async function holdsMost(
  { trx, now }: Work,
  { org, mode, holder, address_key }: Pick<Rows['contact_leases'], 'org' | 'mode' | 'holder' | 'address_key'>,
): Promise<boolean> {
  const { held } = await trx
    .selectFrom('contact_leases')
    .select((eb) => eb.fn.countAll<string>().as('held'))
    .where((eb) => eb.and({ org, mode, holder }))
    .where('until', '>', now)
    .where('address_key', '<>', address_key)
    .executeTakeFirstOrThrow();
  return Number(held) >= MOST_HELD;
}

async function renew(
  { trx, now }: Work,
  { minutes, ...named }: Wanted<'renewLease'>,
): ReturnType<ContactLeaseStore['renewLease']> {
  const row = await trx
    .updateTable('contact_leases')
    .set({ until: endOf(now, minutes) })
    .where('org', '=', named.org)
    .where('mode', '=', named.mode)
    .where('holder', '=', named.holder)
    .where('id', '=', named.id)
    .where('until', '>', now)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : leaseOf(row);
}

async function release(
  { trx, note }: Work,
  { org, mode, holder, id, by }: Wanted<'releaseLease'>,
): Promise<boolean> {
  const gone = await trx
    .deleteFrom('contact_leases')
    .where('org', '=', org)
    .where('mode', '=', mode)
    .$if(holder !== null, (query) => query.where('holder', '=', holder ?? ''))
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
  if (gone !== undefined) note({ org, type: 'lease.released', by, data: { lease: id } });
  return gone !== undefined;
}

const endOf = (now: Date, minutes: number): Date => new Date(now.getTime() + minutes * 60_000);

const leaseOf = (row: Rows['contact_leases']): ContactLeaseRow => ({
  ...{ id: row.id, address: row.address_key, holder: row.holder },
  ...{ createdAt: iso(row.created_at), until: iso(row.until) },
});
