/** @module The unknown recipients as people see them: one row for each message and provider, newest message first. */
import { sql, type Kysely } from 'kysely';
import { anyOf } from './any-of.js';
import { iso } from './json.js';
import { afterCursor, pageOf } from './page.js';
import type { UnknownFilter, UnknownRow } from './port/unknown.js';
import type { Page, UnknownTry } from './store.js';
import type { Tables } from './tables.js';
import { single } from './work.js';

interface Found {
  /** Message and provider, by which a page continues. */
  id: string;
  message: string;
  provider: string;
  mailbox: string;
  created_at: Date;
  tries: string;
  since: Date;
  lease_until: Date;
  lookups: number;
}

export async function listUnknown(db: Kysely<Tables>, filter: UnknownFilter): Promise<Page<UnknownRow>> {
  const { org, mode, mailboxes, provider, since, until, limit } = filter;
  const after = afterCursor(filter.cursor);
  const place = sql<string>`(one.message || ' ' || held.provider)`;
  const conditions = [
    sql`one.org = ${org} and one.mode = ${mode} and one.status = 'unknown'`,
    ...(mailboxes === null ? [] : [sql`messages.mailbox in (${sql.join(anyOf(mailboxes))})`]),
    ...(provider === undefined ? [] : [sql`held.provider = ${provider}`]),
    ...(since === undefined ? [] : [sql`held.at >= ${since}::timestamptz`]),
    ...(until === undefined ? [] : [sql`held.at < ${until}::timestamptz`]),
    ...(after === null
      ? []
      : [sql`(one.created_at, ${place}) < (${iso(after.at)}::timestamptz, ${after.id})`]),
  ];
  const { rows } = await single(
    sql<Found>`
      select ${place} as id, one.message, held.provider, messages.mailbox, one.created_at,
        json_agg(json_build_object('index', one.index, 'attempt', one.attempt, 'try', one.try)
          order by one.index)::text as tries,
        min(held.at) as since, max(held.lease_until) as lease_until, max(held.lookups) as lookups
      from recipients one
      join attempts held on held.message = one.message and held.attempt = one.attempt and held.try = one.try
      join messages on messages.id = one.message
      where ${sql.join(conditions, sql` and `)}
      group by one.created_at, one.message, held.provider, messages.mailbox
      order by one.created_at desc, ${place} desc
      limit ${limit + 1}`.execute(db),
  );
  return pageOf(rows, limit, (row) => ({
    ...{ id: row.message, mailbox: row.mailbox, provider: row.provider, lookups: row.lookups },
    tries: JSON.parse(row.tries) as UnknownTry[],
    ...{ since: iso(row.since), leaseUntil: iso(row.lease_until) },
  }));
}
