/** @module Reading how full a mailbox's limits are, from a moment on. */
import { LIMIT_WINDOWS } from '../core/policy/facts.js';
import type { Mode } from '../core/email/id.js';
import { bucketOf, limitKey, type Counts } from './buckets.js';
import type { Work } from './work.js';

export interface QuotaOwner {
  org: string;
  mode: Mode;
  mailbox: string;
  /** The message whose own place doesn't count. */
  id: string;
}

/** Counts of the buckets that `from` is in and of all later ones; there are few. */
export async function countsFrom({ trx }: Work, owner: QuotaOwner, from: Date): Promise<Counts> {
  const rows = await trx
    .selectFrom('quotas')
    .select(['limit_key', 'bucket', 'used'])
    .select((eb) =>
      eb
        .exists(
          eb
            .selectFrom('reservations')
            .select('reservations.state')
            .where('reservations.message', '=', owner.id)
            .where('reservations.state', '!=', 'returned')
            .whereRef('reservations.limit_key', '=', 'quotas.limit_key')
            .whereRef('reservations.bucket', '=', 'quotas.bucket'),
        )
        .as('own'),
    )
    .where('org', '=', owner.org)
    .where('mode', '=', owner.mode)
    .where((eb) =>
      eb.or(
        LIMIT_WINDOWS.map((window) =>
          eb.and([
            eb('limit_key', '=', limitKey(owner.mailbox, window)),
            eb('bucket', '>=', bucketOf(window, from)),
          ]),
        ),
      ),
    )
    .execute();
  const countsOf = (window: (typeof LIMIT_WINDOWS)[number]): Map<number, number> =>
    new Map(
      rows
        .filter((row) => row.limit_key === limitKey(owner.mailbox, window))
        .map((row) => [row.bucket.getTime(), row.used - (row.own ? 1 : 0)]),
    );
  return { hourly: countsOf('hourly'), daily: countsOf('daily') };
}
