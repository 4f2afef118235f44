/** @module How full the limits of mailboxes are now: a page of mailboxes, and one statement for all of their limits. */
import { sql, type Kysely } from 'kysely';
import { domainOf } from '../core/email/address.js';
import type { Mode } from '../core/email/id.js';
import { anyOf } from './any-of.js';
import { bucketOf, nextBucket } from './buckets.js';
import { iso } from './json.js';
import { limitsOf, type Limit } from './limits.js';
import { mailboxOf, type MailboxFound } from './mailboxes.js';
import { newestPage } from './page.js';
import { ORG_POLICY } from './policies.js';
import type { QuotaFilter, QuotaStore } from './port/quotas.js';
import type { StoreSettings } from './settings.js';
import type { Tables } from './tables.js';
import { single } from './work.js';

export interface QuotasTable {
  org: string;
  mode: Mode;
  limit_key: string;
  bucket: Date;
  used: number;
}

interface Limited {
  mailbox: string;
  limits: Limit[];
}

export function quotas(db: Kysely<Tables>, settings: StoreSettings): QuotaStore {
  return {
    quotas: async (filter) => {
      const { org, mailboxes, limit, cursor, key } = filter;
      const now = settings.clock();
      const { items, ...page } = await newestPage(
        db
          .selectFrom('mailboxes')
          .selectAll()
          .select(ORG_POLICY.as('org_policy'))
          .where('org', '=', org)
          .$if(mailboxes !== null, (query) => query.where('id', 'in', anyOf(mailboxes))),
        { limit, cursor },
        (row) => limitedOf(row, key),
      );
      const used = await single(usedNow(db, filter, now, items));
      const rows = items.map(({ mailbox, limits }) =>
        limits.map((one) => ({
          ...{ mailbox, rule: one.rule, per: one.per, window: one.window },
          ...{ current: used.get(one.key) ?? 0, limit: one.limitAt(now) },
          resetsAt: iso(nextBucket(one.window, now)),
        })),
      );
      return { items: rows, ...page };
    },
  };
}

/** Those by recipient domain are as many as there are domains: without an email there are none. */
function limitedOf(row: MailboxFound, key: string): Limited {
  const { id, address, policy } = mailboxOf(row);
  const sender = { mailbox: id, domain: domainOf(address.toLowerCase()), key, recipientDomains: new Map() };
  return { mailbox: id, limits: limitsOf(policy, sender) };
}

/** By the name of the limit. */
async function usedNow(
  db: Kysely<Tables>,
  { org, mode }: Pick<QuotaFilter, 'org' | 'mode'>,
  now: Date,
  limited: readonly Limited[],
): Promise<Map<string, number>> {
  const buckets = new Map(
    limited.flatMap(({ limits }) => limits.map(({ key, window }) => [key, iso(bucketOf(window, now))])),
  );
  const { rows } = await sql<{ limit_key: string; used: number }>`
    select limit_key, used
    from unnest(${[...buckets.keys()]}::text[], ${[...buckets.values()]}::timestamptz[]) as now (name, at)
    join quotas on org = ${org} and mode = ${mode} and limit_key = now.name and bucket = now.at
  `.execute(db);
  return new Map(rows.map((row) => [row.limit_key, row.used]));
}
