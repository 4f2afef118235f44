/** @module What says that a mailbox does something wrong: what came back, and a sudden rise. Live and test apart. */
import { sql } from 'kysely';
import type { Facts } from '../../core/policy/facts.js';
import { modeOf } from '../../core/policy/mode.js';
import { bucketOf } from '../buckets.js';
import { mailboxKey } from '../limits.js';
import { part } from './part.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Each email and recipient once. A bounce whose class nobody gave is taken for a hard one, as by suppression. */
export const negativeSignals = part<number, number>(
  ({ org, mode, mailbox, policy, now }) =>
    modeOf(policy, 'negative_signal_budget') === 'off'
      ? null
      : sql`(
          select to_json(count(distinct (reports.message, reports.recipient)))
          from reports join messages on messages.id = reports.message
          where reports.org = ${org} and reports.received_at > ${new Date(now.getTime() - DAY)}
            and reports.message is not null and (reports.type = 'complained' or reports.type = 'bounced')
            and not reports.not_spam and coalesce(reports.bounce, 'hard') = 'hard'
            and messages.mode = ${mode} and messages.mailbox = ${mailbox}
        )`,
  (count) => count ?? 0,
);

/**
 * From the counts that its limits have anyway, so that it costs the same however much is sent: of the clock hour before
 * this one as much is taken as still lies within the last 60 minutes.
 */
export const volume = part<{ week: number; hour: number; before: number }, Facts['volume']>(
  ({ org, mode, mailbox, policy, now }) => {
    if (modeOf(policy, 'volume_spike') === 'off') return null;
    const today = bucketOf('day', now);
    const hour = bucketOf('hour', now);
    const used = (name: 'hourly' | 'daily') =>
      sql`select sum(used) from quotas
        where org = ${org} and mode = ${mode} and limit_key = ${mailboxKey(mailbox, name)}`;
    return sql`(
      select json_build_object(
        'week', (${used('daily')} and bucket >= ${new Date(today.getTime() - 7 * DAY)} and bucket < ${today}),
        'hour', (${used('hourly')} and bucket = ${hour}),
        'before', (${used('hourly')} and bucket = ${new Date(hour.getTime() - HOUR)}))
    )`;
  },
  (row, { now }) => {
    const { week, hour, before } = { week: row?.week ?? 0, hour: row?.hour ?? 0, before: row?.before ?? 0 };
    const left = 1 - (now.getTime() - bucketOf('hour', now).getTime()) / HOUR;
    return { dailyAverage: week / 7, lastHour: hour + Math.round(before * left) };
  },
);
