/** @module What waits because something is paused, when that is resumed. */
import { sql } from 'kysely';
import { anyOf } from './any-of.js';
import type { Work } from './work.js';

/** One transaction holds as many locks; the others look for themselves, within the hour. */
const MOST_AT_ONCE = 10_000;

/**
 * Ends their wait, so that the sweep wakes them. Whether they may really go is for the claim to say: something else may
 * still be paused.
 */
export async function bringForward(
  { trx, now, settings }: Work,
  { org, mailbox, keys }: { org: string; mailbox?: string; keys?: readonly string[] },
): Promise<void> {
  const waiting = trx
    .selectFrom('messages')
    .select('id')
    .where('org', '=', org)
    .where('wait_reason', '=', 'paused')
    .where('wait_until', '>', now)
    .$if(mailbox !== undefined, (query) => query.where('mailbox', '=', mailbox ?? ''))
    .$if(keys !== undefined, (query) => query.where('key', 'in', anyOf([...(keys ?? [])])))
    .orderBy('id')
    .limit(MOST_AT_ONCE)
    .forUpdate();
  await trx
    .updateTable('messages')
    .set((eb) => ({
      ...{ wait_until: now, due_since: now, updated_at: now, version: eb('version', '+', 1) },
      sweep_at: new Date(now.getTime() + settings.quietForMs),
    }))
    .where('org', '=', org)
    .where('id', 'in', sql<string>`(${waiting})`)
    .execute();
}
