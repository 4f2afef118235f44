/**
 * @module What a judgement looks at, read by one statement: the mailbox as it is now, how full its limits are,
 * who is suppressed, who was reached before, and what people have already decided.
 */
import { sql } from 'kysely';
import { addressKey, domainOf } from '../core/email/address.js';
import type { Mode } from '../core/email/id.js';
import type { Recipient } from '../core/email/revision.js';
import type { LIMIT_WINDOWS, SuppressionHit } from '../core/policy/facts.js';
import { bucketOf, limitKey, type Counts } from './buckets.js';
import { fromJson, type Json } from './json.js';
import { mailboxOf } from './mailboxes.js';
import type { Place } from './reservations.js';
import { STANDING, standingOf, type Standing } from './standing.js';
import type { MailboxRow } from './store.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';
import { Problem } from '../errors.js';

export interface Wanted {
  org: string;
  mode: Mode;
  /** The message, whose own place doesn't count and which is no contact of its own. */
  id: string;
  /** Mailbox id. */
  mailbox: string;
  recipients: readonly Recipient[];
  /** Limits count from the hour and day that this is in. */
  from: Date;
}

export interface Found {
  mailbox: MailboxRow;
  counts: Counts;
  /** Where the message has its places now. */
  places: Place[];
  suppressions: SuppressionHit[];
  /** Indexes of recipients that another message of this org has reached, live and test apart. */
  contacted: number[];
  /** How the providers stand with this sender. */
  standing: Standing;
  /** By revision: the findings that people have accepted. */
  accepted: ReadonlyMap<number, string[]>;
}

type Suppression = Pick<Rows['suppressions'], 'address_key' | 'scope' | 'mailbox' | 'reason'>;
type Mailbox = Rows['mailboxes'];
interface Row extends Mailbox {
  standing: string;
  quotas: { limit_key: string; bucket: number; used: number; own: boolean }[] | null;
  places: { limit_key: string; bucket: number }[] | null;
  suppressed: Suppression[] | null;
  reached: string[];
  approvals: { revision: number; accepted: Json }[] | null;
}

/** @throws Problem `mailbox_unknown`. */
export async function findFacts({ trx, now }: Work, wanted: Wanted): Promise<Found> {
  const { org, mode, id, mailbox, from } = wanted;
  const names = wanted.recipients.map(({ index, address }) => ({
    index,
    key: addressKey(address),
    domain: domainOf(address.toLowerCase()),
  }));
  const keys = [...new Set(names.map((one) => one.key))];
  const keysAndDomains = [...new Set(names.flatMap((one) => [one.key, one.domain]))];
  const { rows } = await sql<Row>`
    select mailboxes.*, ${STANDING} as standing,
      (select json_agg(json_build_object(
          'limit_key', limit_key, 'bucket', extract(epoch from bucket), 'used', used,
          'own', exists (
            select from reservations held
            where held.message = ${id} and held.state <> 'returned'
              and held.limit_key = quotas.limit_key and held.bucket = quotas.bucket)))
        from quotas
        where org = ${org} and mode = ${mode} and (
          (limit_key = ${limitKey(mailbox, 'hourly')} and bucket >= ${bucketOf('hourly', from)})
          or (limit_key = ${limitKey(mailbox, 'daily')} and bucket >= ${bucketOf('daily', from)}))
      ) as quotas,
      (select json_agg(json_build_object('limit_key', limit_key, 'bucket', extract(epoch from bucket)))
        from reservations where message = ${id} and state <> 'returned'
      ) as places,
      (select json_agg(json_build_object(
          'address_key', address_key, 'scope', scope, 'mailbox', suppressions.mailbox, 'reason', reason)
          order by created_at)
        from suppressions
        where org = ${org} and mode = ${mode} and removed_at is null
          and (expires_at is null or expires_at > ${now}) and address_key = any(${keysAndDomains})
      ) as suppressed,
      array(select key from unnest(${keys}::text[]) key where exists (
        select from recipients
        where org = ${org} and mode = ${mode} and address_key = key
          and delivered_at is not null and message <> ${id})
      ) as reached,
      (select json_agg(json_build_object('revision', revision, 'accepted', accepted) order by number)
        from decisions where message = ${id} and action = 'approve'
      ) as approvals
    from mailboxes where org = ${org} and id = ${mailbox}
  `.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new Problem('mailbox_unknown', { detail: 'There is no such mailbox.' });
  const reached = new Set(row.reached);
  return {
    mailbox: mailboxOf(row),
    standing: standingOf(row.standing),
    counts: countsOf(mailbox, row.quotas ?? []),
    places: (row.places ?? []).map(({ limit_key, bucket }) => ({ limit_key, bucket: instantOf(bucket) })),
    suppressions: hitsOf(names, mailbox, row.suppressed ?? []),
    contacted: names.filter((one) => reached.has(one.key)).map((one) => one.index),
    accepted: acceptedOf(row.approvals ?? []),
  };
}

/** Buckets begin on whole hours, so that seconds name them exactly. */
const instantOf = (seconds: number): Date => new Date(seconds * 1_000);

function countsOf(mailbox: string, rows: NonNullable<Row['quotas']>): Counts {
  const countsIn = (window: (typeof LIMIT_WINDOWS)[number]): Map<number, number> =>
    new Map(
      rows
        .filter((row) => row.limit_key === limitKey(mailbox, window))
        .map((row) => [instantOf(row.bucket).getTime(), row.used - (row.own ? 1 : 0)]),
    );
  return { hourly: countsIn('hourly'), daily: countsIn('daily') };
}

function hitsOf(
  names: readonly { index: number; key: string; domain: string }[],
  mailbox: string,
  rows: readonly Suppression[],
): SuppressionHit[] {
  const hits = rows.filter((row) => row.scope !== 'mailbox' || row.mailbox === mailbox);
  return names.flatMap(({ index, key, domain }) =>
    hits
      .filter((hit) => hit.address_key === (hit.scope === 'domain' ? domain : key))
      .map(({ scope, reason }) => ({ index, scope, reason })),
  );
}

function acceptedOf(approvals: NonNullable<Row['approvals']>): Map<number, string[]> {
  const accepted = new Map<number, string[]>();
  for (const { revision, accepted: findings } of approvals)
    accepted.set(revision, [...(accepted.get(revision) ?? []), ...fromJson<string[]>(findings)]);
  return accepted;
}
