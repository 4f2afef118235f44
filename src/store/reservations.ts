/**
 * @module A message's places in the buckets of its limits. A place is a row; the count of a bucket
 * changes only together with a row, under the count's lock and never past the limit, in one order.
 */
import type { Mode } from '../core/email/id.js';
import { bucketOf, type Counted } from './buckets.js';
import { lockedFirst } from './limits.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

/** The largest count that its column holds. */
const UNLIMITED = 2_147_483_647;

export interface ReservationsTable {
  org: string;
  mode: Mode;
  message: string;
  limit_key: string;
  bucket: Date;
  state: 'reserved' | 'used' | 'returned';
}

type Message = Pick<Rows['messages'], 'id' | 'org' | 'mode' | 'mailbox' | 'maybe_sent'>;
export type Place = Pick<Rows['reservations'], 'limit_key' | 'bucket'>;

/**
 * Gives the message a place in the buckets of `at`; false, with nothing changed, where one is full. Its
 * places elsewhere are given back, unless something was sent from there.
 */
export async function takePlace(
  work: Work,
  message: Message,
  held: readonly Place[],
  limits: readonly Counted[],
  at: Date,
  state: 'reserved' | 'used',
): Promise<boolean> {
  const wanted = limits.map(({ key, window, guards, limitAt }) => ({
    limit_key: key,
    bucket: bucketOf(window, at),
    limit: guards ? limitAt(at) : UNLIMITED,
  }));
  const missing = wanted.filter((one) => !held.some((other) => same(one, other)));
  const surplus = message.maybe_sent ? [] : held.filter((one) => !wanted.some((other) => same(one, other)));
  if (missing.some((one) => one.limit < 1)) return false;
  const taken = await countUp(work, message, missing.sort(inOrder));
  if (taken.length < missing.length) {
    for (const one of taken) await countDown(work, message, one);
    return false;
  }
  for (const one of surplus.sort(inOrder)) await countDown(work, message, one);
  mark(work, message, surplus, 'returned');
  mark(work, message, state === 'used' ? wanted : missing, state);
  return true;
}

/** Gives back every place of a message, but of one that may have been sent. */
export async function giveBack(work: Work, message: Message): Promise<void> {
  if (message.maybe_sent) return;
  // What was taken or given back in this transaction counts already.
  await work.flush();
  const held = await placesOf(work, message);
  for (const place of held) await countDown(work, message, place);
  mark(work, message, held, 'returned');
}

async function placesOf({ trx }: Work, { org, id }: Message): Promise<Place[]> {
  const held = await trx
    .selectFrom('reservations')
    .select(['limit_key', 'bucket'])
    .where('org', '=', org)
    .where('message', '=', id)
    .where('state', '!=', 'returned')
    .execute();
  return held.sort(inOrder);
}

/** The guarded count, locked in the order given; answers those that had room. */
async function countUp(
  { trx }: Work,
  { org, mode }: Message,
  places: readonly (Place & { limit: number })[],
): Promise<Place[]> {
  if (places.length === 0) return [];
  return await trx
    .insertInto('quotas')
    .values(places.map(({ limit_key, bucket }) => ({ org, mode, limit_key, bucket, used: 1 })))
    .onConflict((conflict) =>
      conflict
        .columns(['org', 'mode', 'limit_key', 'bucket'])
        .doUpdateSet((eb) => ({ used: eb('quotas.used', '+', 1) }))
        .where((eb) =>
          eb.or(
            places.map((one) =>
              eb.and([eb('quotas.limit_key', '=', one.limit_key), eb('quotas.used', '<', one.limit)]),
            ),
          ),
        ),
    )
    .returning(['limit_key', 'bucket'])
    .execute();
}

async function countDown({ trx }: Work, { org, mode }: Message, { limit_key, bucket }: Place): Promise<void> {
  await trx
    .updateTable('quotas')
    .set((eb) => ({ used: eb('used', '-', 1) }))
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('limit_key', '=', limit_key)
    .where('bucket', '=', bucket)
    .execute();
}

function mark(
  { trx, later }: Work,
  { org, mode, id }: Message,
  places: readonly Place[],
  state: Rows['reservations']['state'],
): void {
  if (places.length === 0) return;
  later(
    `places of ${id}, ${state}`,
    trx
      .insertInto('reservations')
      .values(places.map(({ limit_key, bucket }) => ({ org, mode, message: id, limit_key, bucket, state })))
      .onConflict((conflict) => conflict.columns(['message', 'limit_key', 'bucket']).doUpdateSet({ state })),
  );
}

const same = (a: Place, b: Place): boolean =>
  a.limit_key === b.limit_key && a.bucket.getTime() === b.bucket.getTime();

/** As `lockedFirst` has it; of one limit, the earlier bucket first. */
const inOrder = (a: Place, b: Place): number =>
  lockedFirst(a.limit_key, b.limit_key) || a.bucket.getTime() - b.bucket.getTime();
