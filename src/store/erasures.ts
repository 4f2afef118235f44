/**
 * @module A person is forgotten, some emails at a time, each time one transaction: whoever dies in between goes on where
 * nothing was erased yet. Emails are found by their recipients' keys, which an erasure takes away last.
 */
import { sql, type Kysely } from 'kysely';
import { addressKey, domainOf } from '../core/email/address.js';
import { SUPPRESSION_CODES } from '../core/policy/suppression-code.js';
import { keysOfAddress } from './consents.js';
import { eraseDrafts } from './erase-drafts.js';
import { eraseMessages } from './erase-messages.js';
import { editedMessagesTo } from './former-recipients.js';
import { idWith } from './id.js';
import { cleaned } from './json.js';
import type { ErasureRow, ErasureStore } from './port/erasures.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { inOne, lockName, single, type Work } from './work.js';

export interface ErasuresTable {
  org: string;
  id: string;
  person: string;
  by: string;
  created_at: Date;
  finished_at: Date | null;
  messages: number;
  drafts: number;
}

export interface Person {
  org: string;
  /** Their address key. */
  key: string;
  /** What stands in its place from now on. */
  hash: string;
}

export function erasures(db: Kysely<Tables>, settings: StoreSettings): ErasureStore {
  return {
    eraseSome: inOne(db, settings)(eraseSome),
    openMessagesTo: async ({ org, address, limit }) => {
      const { rows } = await single(
        (async () =>
          await sql<{ id: string }>`
            select id from messages
            where id in (${await messagesTo(db, { org, key: addressKey(address) })}) and closed_at is null
            order by id limit ${limit}
          `.execute(db))(),
      );
      return rows.map((row) => row.id);
    },
  };
}

/** Ids of emails to somebody, by two indexes that have every recipient between them, and of those that once were. */
export async function messagesTo(
  db: Kysely<Tables>,
  { org, key }: Pick<Person, 'org' | 'key'>,
): Promise<ReturnType<typeof sql>> {
  const edited = await editedMessagesTo(db, { org, key });
  return sql`
    select message from recipients
      where org = ${org} and mode in ('live', 'test') and address_key = ${key} and counted_at is not null
    union
    select message from recipients
      where org = ${org} and mode in ('live', 'test') and address_key = ${key} and counted_at is null
    union
    select value from json_array_elements_text(${JSON.stringify(edited)}::json)`;
}

async function eraseSome(
  work: Work,
  { org, address, by, limit }: Parameters<ErasureStore['eraseSome']>[0],
): Promise<ErasureRow> {
  const [key = '', hash] = keysOfAddress(work.settings, org, address);
  if (hash === undefined) throw new Error('nobody can be erased without a key ring');
  await lockName(work, `erasure ${org} ${hash}`);
  const person = { org, key, hash };
  const row = await erasureOf(work, person, by);
  const messages = await eraseMessages(work, person, limit);
  const drafts = await eraseDrafts(work, person);
  const isLast = !messages.isMore && !drafts.isMore;
  if (isLast) {
    await eraseLists(work, person);
    await eraseUnmatched(work, person);
  }
  const done = { messages: row.messages + messages.erased, drafts: row.drafts + drafts.erased };
  await work.trx
    .updateTable('erasures')
    .set({ ...done, finished_at: isLast ? work.now : null })
    .where('org', '=', org)
    .where('id', '=', row.id)
    .execute();
  if (isLast) work.note({ org, type: 'person.erased', by, data: { erasure: row.id, ...done } });
  return { id: row.id, finished: isLast, ...done };
}

/** The one that is under way, or a new one. */
async function erasureOf({ trx, now }: Work, { org, hash }: Person, by: string): Promise<Rows['erasures']> {
  const row: Rows['erasures'] = {
    ...{ org, id: idWith('era'), person: hash, by: cleaned(by), created_at: now, finished_at: null },
    ...{ messages: 0, drafts: 0 },
  };
  const open = await trx
    .selectFrom('erasures')
    .selectAll()
    .where('org', '=', org)
    .where('person', '=', hash)
    .where('finished_at', 'is', null)
    .executeTakeFirst();
  if (open === undefined) await trx.insertInto('erasures').values(row).execute();
  return open ?? row;
}

/**
 * What they must not be written, and what they have taken back, holds on under the hash; of two suppressions that say
 * the same, one from an earlier erasure, that which holds longer.
 */
async function eraseLists({ trx, now }: Work, { org, key, hash }: Person): Promise<void> {
  const same = sql`
    a.org = ${org} and b.org = a.org and a.mode = b.mode and a.scope = b.scope
      and coalesce(a.mailbox, '') = coalesce(b.mailbox, '')
      and (a.reason = 'unsubscribe') = (b.reason = 'unsubscribe')
      and a.removed_at is null and b.removed_at is null`;
  await sql`
    update suppressions a set removed_at = ${now}, removed_by = 'erasure' from suppressions b
    where ${same} and a.address_key = ${key} and b.address_key = ${hash}
      and (b.expires_at is null or b.expires_at >= a.expires_at)
  `.execute(trx);
  await sql`
    update suppressions a set removed_at = ${now}, removed_by = 'erasure' from suppressions b
    where ${same} and a.address_key = ${hash} and b.address_key = ${key}
  `.execute(trx);
  await trx
    .updateTable('suppressions')
    .set({
      ...{ address: hash, address_key: hash },
      reason: sql`case when reason in (${sql.join(SUPPRESSION_CODES)}) then reason else 'manual' end`,
    })
    .where('org', '=', org)
    .where('address_key', '=', key)
    .where('scope', '<>', 'domain')
    .execute();
  await trx
    .updateTable('consents')
    .set({ address: hash, address_key: hash, evidence: null, source: sql`'erased ' || id` })
    .where('org', '=', org)
    .where('address_key', '=', key)
    .execute();
  await trx.deleteFrom('soft_bounces').where('org', '=', org).where('address_key', '=', key).execute();
  await trx.deleteFrom('contact_leases').where('org', '=', org).where('address_key', '=', key).execute();
}

/** How long a report that belongs to no org yet may wait for the receipt by which its org is known. */
const RECEIPT_MS = 86_400_000;

/** Reports of emails that nobody knows: under the hash they still meet the email, should it be known some day. */
async function eraseUnmatched({ trx, now }: Work, { org, key, hash }: Person): Promise<void> {
  const unmatched = await trx
    .selectFrom('reports')
    .select(['provider', 'report_id', 'address'])
    .where('message', 'is', null)
    .where((eb) =>
      eb.or([
        eb('org', '=', org),
        eb('org', 'is', null).and('received_at', '<', new Date(now.getTime() - RECEIPT_MS)),
      ]),
    )
    .where(sql<boolean>`position(${`@${domainOf(key)}`} in lower(address)) > 0`)
    .orderBy('provider')
    .orderBy('report_id')
    .forUpdate()
    .execute();
  for (const { provider, report_id, address } of unmatched)
    if (address !== null && addressKey(address) === key)
      await trx
        .updateTable('reports')
        .set({ address: hash, reason: null })
        .where('provider', '=', provider)
        .where('report_id', '=', report_id)
        .execute();
}
