/**
 * @module The content of emails to one person is replaced by a tombstone. Digests, statuses, numbers and the audit stay:
 * they hold no address and no text. An email to several people loses its content for all of them.
 */
import { sql } from 'kysely';
import { addressKey } from '../core/email/address.js';
import { canonical } from '../core/email/canonical.js';
import type { Revision } from '../core/email/revision.js';
import { ERASED, tombstoneOf } from '../core/email/tombstone.js';
import { messagesTo, type Person } from './erasures.js';
import { fromJson, toJson, type Json } from './json.js';
import type { Work } from './work.js';

/** `isMore`: one at least is under way, and stays. */
export async function eraseMessages(
  work: Work,
  person: Person,
  limit: number,
): Promise<{ erased: number; isMore: boolean }> {
  const { trx } = work;
  const { rows } = await sql<{ id: string; closed: boolean }>`
    select id, closed_at is not null as closed from messages where id in (${await messagesTo(trx, person)})
    order by closed_at is null, id limit ${limit + 1} for update
  `.execute(trx);
  const isMore = rows.length > limit || rows.some((row) => !row.closed);
  const ids = rows
    .filter((row) => row.closed)
    .slice(0, limit)
    .map((row) => row.id);
  if (ids.length > 0) await erase(work, person, ids);
  return { erased: ids.length, isMore };
}

async function erase({ trx, settings }: Work, { org, key, hash }: Person, ids: string[]): Promise<void> {
  const nameOf = (address: string): string | null => (addressKey(address) === key ? hash : null);
  const revisions = await trx
    .selectFrom('revisions')
    .select(['message', 'revision', 'content'])
    .where('message', 'in', ids)
    .execute();
  for (const { message, revision, content } of revisions)
    await trx
      .updateTable('revisions')
      .set({ content: canonical(tombstoneOf(fromJson<Revision>(content), nameOf)) as Json })
      .where('message', '=', message)
      .where('revision', '=', revision)
      .execute();
  // The caller's own words, too: `followup-ada@example.com`.
  const keys = await trx.selectFrom('messages').select(['id', 'dedupe_key']).where('id', 'in', ids).execute();
  for (const { id, dedupe_key } of keys)
    await trx
      .updateTable('messages')
      .set({
        ...{ subject: ERASED, notes: toJson({ tags: [], metadata: {} }), version: sql`version + 1` },
        dedupe_key: settings.blind(org, dedupe_key)[0] ?? dedupe_key,
        // Whoever guesses what was said could prove it.
        content_hash: null,
      })
      .where('id', '=', id)
      .execute();
  await trx.deleteFrom('tags').where('message', 'in', ids).execute();
  // What a provider said in its own words may name whom it was about.
  await trx.updateTable('reports').set({ address: null, reason: null }).where('message', 'in', ids).execute();
  await trx.updateTable('attempts').set({ receipt: null }).where('message', 'in', ids).execute();
  await trx.updateTable('decisions').set({ comment: null }).where('message', 'in', ids).execute();
  await trx.updateTable('investigations').set({ finding: null }).where('message', 'in', ids).execute();
  await trx
    .updateTable('recipients')
    .set({ address: hash, address_key: hash, reason: null })
    .where('message', 'in', ids)
    .where('address_key', '=', key)
    .execute();
}
