/**
 * @module A message's places in the buckets of its mailbox's limits. A place is a row; the count of a bucket
 * changes only together with a row, under the count's lock and never past the limit, in key order.
 */
import { LIMIT_WINDOWS } from '../core/policy/facts.js';
import { bucketOf, limitKey, type Limits } from './buckets.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

type Message = Pick<Rows['messages'], 'id' | 'org' | 'mode' | 'mailbox' | 'maybe_sent'>;
type Place = Pick<Rows['reservations'], 'limit_key' | 'bucket'>;

/**
 * Gives the message a place in the buckets of `at`; false, with nothing changed, where one is full. Its
 * places elsewhere are given back, unless something was sent from there.
 */
export async function takePlace(
  work: Work,
  message: Message,
  limits: Limits,
  at: Date,
  state: 'reserved' | 'used',
  fresh = false,
): Promise<boolean> {
  const held = fresh ? [] : await placesOf(work, message);
  const wanted = LIMIT_WINDOWS.map((window) => ({
    limit_key: limitKey(message.mailbox, window),
    bucket: bucketOf(window, at),
    limit: limits[window],
  }));
  const missing = wanted.filter((one) => !held.some((other) => same(one, other)));
  const surplus = message.maybe_sent ? [] : held.filter((one) => !wanted.some((other) => same(one, other)));
  const changes = [
    ...missing.map((one) => ({ ...one, by: 1 })),
    ...surplus.map((one) => ({ ...one, by: -1, limit: Infinity })),
  ].sort(byKey);
  const done: typeof changes = [];
  for (const change of changes) {
    if (!(await count(work, message, change))) {
      for (const one of done.reverse()) await count(work, message, { ...one, by: -one.by, limit: Infinity });
      return false;
    }
    done.push(change);
  }
  await mark(work, message, surplus, 'returned');
  await mark(work, message, state === 'used' || fresh ? wanted : missing, state);
  return true;
}

/** Gives back every place of a message, but of one that may have been sent. */
export async function giveBack(work: Work, message: Message): Promise<void> {
  if (message.maybe_sent) return;
  const held = await placesOf(work, message);
  for (const place of held) await count(work, message, { ...place, by: -1, limit: Infinity });
  await mark(work, message, held, 'returned');
}

async function placesOf({ trx }: Work, { org, id }: Message): Promise<Place[]> {
  const held = await trx
    .selectFrom('reservations')
    .select(['limit_key', 'bucket'])
    .where('org', '=', org)
    .where('message', '=', id)
    .where('state', '!=', 'returned')
    .execute();
  return held.sort(byKey);
}

/** The guarded count. False where it would pass the limit. */
async function count(
  { trx }: Work,
  { org, mode }: Message,
  { limit_key, bucket, by, limit }: Place & { by: number; limit: number },
): Promise<boolean> {
  if (by > 0 && limit < 1) return false;
  if (by < 0 || limit === Infinity) {
    await trx
      .updateTable('quotas')
      .set((eb) => ({ used: eb('used', '+', by) }))
      .where('org', '=', org)
      .where('mode', '=', mode)
      .where('limit_key', '=', limit_key)
      .where('bucket', '=', bucket)
      .execute();
    return true;
  }
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('quotas')
    .values({ org, mode, limit_key, bucket, used: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['org', 'mode', 'limit_key', 'bucket'])
        .doUpdateSet((eb) => ({ used: eb('quotas.used', '+', 1) }))
        .where('quotas.used', '<', limit),
    )
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

async function mark(
  { trx }: Work,
  { org, mode, id }: Message,
  places: readonly Place[],
  state: Rows['reservations']['state'],
): Promise<void> {
  if (places.length === 0) return;
  await trx
    .insertInto('reservations')
    .values(places.map(({ limit_key, bucket }) => ({ org, mode, message: id, limit_key, bucket, state })))
    .onConflict((conflict) => conflict.columns(['message', 'limit_key', 'bucket']).doUpdateSet({ state }))
    .execute();
}

const same = (a: Place, b: Place): boolean =>
  a.limit_key === b.limit_key && a.bucket.getTime() === b.bucket.getTime();

const byKey = (a: Place, b: Place): number =>
  a.limit_key < b.limit_key ? -1 : a.limit_key > b.limit_key ? 1 : a.bucket.getTime() - b.bucket.getTime();
