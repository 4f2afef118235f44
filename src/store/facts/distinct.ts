/** @module To how many different people the mailbox writes, with those of this email; live and test apart. */
import { sql } from 'kysely';
import { DISTINCT_WINDOWS, type Facts } from '../../core/policy/facts.js';
import { asksDistinct } from '../recipient-limits.js';
import { keysOf } from './names.js';
import { part } from './part.js';
import { counting, instantOf } from './recipients.js';

/** Of others than those of this email: how many, and when the first of them was written to last. */
type Row = Record<keyof Facts['distinct'], { others: number; first: number | null }>;

export const distinct = part<Row, Facts['distinct']>(
  (wanted) => {
    const { policy, mailbox, recipients, from } = wanted;
    if (!asksDistinct(policy)) return null;
    const limits = policy.recipients.distinct;
    const since = (window: keyof Row): Date => new Date(from.getTime() - DISTINCT_WINDOWS[window]);
    const [longest = 'month'] = (['month', 'day', 'fiveMinutes'] as const).filter(
      (window) => limits[window] !== undefined,
    );
    const found = (window: keyof Row): ReturnType<typeof sql> => sql`json_build_object(
      'others', count(*) filter (where last > ${since(window)}),
      'first', extract(epoch from min(last) filter (where last > ${since(window)})))`;
    return sql`(
      select json_build_object(
        'fiveMinutes', ${found('fiveMinutes')}, 'day', ${found('day')}, 'month', ${found('month')})
      from (
        select max(counted_at) as last from recipients
        where ${counting(wanted)} and mailbox = ${mailbox} and counted_at > ${since(longest)}
          and address_key <> all(${keysOf(recipients)}::text[])
        group by address_key
      ) people
    )`;
  },
  (row, { recipients, from }) => {
    const own = keysOf(recipients).length;
    const usage = (window: keyof Row): Facts['distinct']['day'] => {
      const { others = 0, first = null } = row?.[window] ?? {};
      const leaves = first === null ? from : instantOf(first);
      const opensAt = new Date(leaves.getTime() + DISTINCT_WINDOWS[window]);
      return { used: others + own, opensAt: opensAt.toISOString() };
    };
    return { fiveMinutes: usage('fiveMinutes'), day: usage('day'), month: usage('month') };
  },
);
