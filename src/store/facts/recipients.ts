/**
 * @module How often the org has written to each recipient lately; live and test apart. What went counts always. At the
 * door also counts what is about to go: nobody was told yet that this email would go, too. At the claim it does not,
 * as emails that wait for each other would all wait.
 */
import { sql } from 'kysely';
import type { RecipientUsage } from '../../core/policy/facts.js';
import { asksCooldown, asksPerHour } from '../recipient-limits.js';
import { keysOf, namesOf } from './names.js';
import { part, type Wanted } from './part.js';

const HOUR = 3_600_000;

interface Row {
  key: string;
  last_hour: number;
  /** Seconds since the epoch. */
  opens_after: number | null;
  last_at: number | null;
}

export const recipientUsage = part<Row[], RecipientUsage[]>(
  (wanted) => {
    const { policy, recipients, from } = wanted;
    const { perHour, cooldownMinutes } = policy.recipients;
    if (!asksPerHour(policy) && !asksCooldown(policy)) return null;
    const latest = sql`(
      select extract(epoch from max(counted_at)) from recipients
      where ${counting(wanted)} and address_key = key
        and counted_at > ${new Date(from.getTime() - cooldownMinutes * 60_000)})`;
    return sql`(
      select json_agg(json_build_object(
        'key', key, 'last_hour', last_hour, 'opens_after', opens_after,
        'last_at', ${cooldownMinutes === 0 ? sql`null::numeric` : latest}))
      from unnest(${keysOf(recipients)}::text[]) key
      cross join lateral (
        -- There is room again when the email is an hour old that is as many back as may be sent.
        select count(*)::int as last_hour,
          extract(epoch from (array_agg(at order by at desc))[${perHour}::int]) as opens_after
        from (
          select max(counted_at) as at from recipients
          where ${counting(wanted)} and address_key = key and counted_at > ${new Date(from.getTime() - HOUR)}
          group by message
        ) emails
      ) counted
    )`;
  },
  (rows, { recipients, from }) => {
    const byKey = new Map((rows ?? []).map((row) => [row.key, row]));
    return namesOf(recipients).flatMap(({ index, key }) => {
      const row = byKey.get(key);
      if (row === undefined) return [];
      const opensAt = row.opens_after === null ? from : instantOf(row.opens_after);
      return {
        ...{ index, lastHour: row.last_hour, opensAt: new Date(opensAt.getTime() + HOUR).toISOString() },
        lastAt: row.last_at === null ? null : instantOf(row.last_at).toISOString(),
      };
    });
  },
);

/** Which rows of `recipients` count against the email. */
export const counting = ({ org, mode, id, admitted }: Wanted): ReturnType<typeof sql> =>
  sql`org = ${org} and mode = ${mode} and message <> ${id} ${admitted ? sql`and status <> 'ready'` : sql``}`;

export const instantOf = (seconds: number): Date => new Date(Math.round(seconds * 1_000));
