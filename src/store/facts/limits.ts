/** @module How full the limits are, without the message itself, and where it has its places. */
import { sql } from 'kysely';
import { domainOf } from '../../core/email/address.js';
import { bucketOf, type Room } from '../buckets.js';
import { limitsOf, type Limit } from '../limits.js';
import type { Place } from '../reservations.js';
import { namesOf } from './names.js';
import { part, type Wanted } from './part.js';

type CountRow = { limit_key: string; bucket: number; used: number; own: boolean };

/** Those of the email that is asked about. */
export function limitsFor(
  wanted: Pick<Wanted, 'policy' | 'mailbox' | 'sender' | 'key' | 'recipients'>,
): Limit[] {
  const recipientDomains = new Map<string, number[]>();
  for (const { index, domain } of namesOf(wanted.recipients))
    recipientDomains.set(domain, [...(recipientDomains.get(domain) ?? []), index]);
  const domain = domainOf(wanted.sender.toLowerCase());
  return limitsOf(wanted.policy, { ...wanted, domain, recipientDomains });
}

export const room = part<CountRow[], Room & { limits: readonly Limit[] }>(
  (wanted) => {
    const { org, mode, id, from } = wanted;
    const limits = limitsFor(wanted);
    return sql`(
      select json_agg(json_build_object(
        'limit_key', limit_key, 'bucket', extract(epoch from bucket), 'used', used,
        'own', exists (
          select from reservations held
          where held.message = ${id} and held.state <> 'returned'
            and held.limit_key = quotas.limit_key and held.bucket = quotas.bucket)))
      from unnest(
        ${limits.map((one) => one.key)}::text[],
        ${limits.map((one) => bucketOf(one.window, from).toISOString())}::timestamptz[]
      ) as since (name, at)
      join quotas on org = ${org} and mode = ${mode} and limit_key = since.name and bucket >= since.at
    )`;
  },
  (rows, wanted) => {
    const counts = new Map<string, Map<number, number>>();
    for (const { limit_key, bucket, used, own } of rows ?? []) {
      const buckets = counts.get(limit_key) ?? new Map<number, number>();
      counts.set(limit_key, buckets.set(instantOf(bucket).getTime(), used - (own ? 1 : 0)));
    }
    return { limits: limitsFor(wanted), counts };
  },
);

export const places = part<{ limit_key: string; bucket: number }[], Place[]>(
  ({ id }) => sql`(
    select json_agg(json_build_object('limit_key', limit_key, 'bucket', extract(epoch from bucket)))
    from reservations where message = ${id} and state <> 'returned'
  )`,
  (rows) => (rows ?? []).map(({ limit_key, bucket }) => ({ limit_key, bucket: instantOf(bucket) })),
);

/** Buckets begin on whole minutes, so that seconds name them exactly. */
const instantOf = (seconds: number): Date => new Date(seconds * 1_000);
