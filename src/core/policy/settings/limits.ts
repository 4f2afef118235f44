/** @module How much may be sent: settings of the rules on rates. Pure. */
import { z } from 'zod';

/** What becomes of an email that is over a limit: 429 at the door, or it waits and goes when the window opens. */
export const onLimit = z.enum(['deny', 'wait']);
export type OnLimit = z.output<typeof onLimit>;

export const RATE_SUBJECTS = ['key', 'mailbox', 'domain', 'org', 'recipient_domain'] as const;
export type RateSubject = (typeof RATE_SUBJECTS)[number];
export const RATE_WINDOWS = ['minute', 'hour', 'day', 'month'] as const;
export type RateWindow = (typeof RATE_WINDOWS)[number];

const count = (most: number): z.ZodInt => z.int().min(0).max(most);

/** Windows are those of the clock (UTC); a month is one of the calendar. */
export const rateSchema = z.strictObject({
  /** Who or what is counted: every key, mailbox, sending domain or recipient domain for itself, or the org. */
  per: z.enum(RATE_SUBJECTS),
  /** Of the clock (UTC). */
  window: z.enum(RATE_WINDOWS),
  /** Emails; 0 lets nothing through. */
  limit: count(100_000_000),
  /** Default: that of `limits`. */
  onLimit: onLimit.optional(),
});
export type Rate = z.output<typeof rateSchema>;

export const limitsSchema = z.strictObject({
  /** Emails of the mailbox per clock hour (UTC); 0 lets nothing through. */
  hourly: count(1_000_000).default(100),
  /** Emails of the mailbox per day (UTC). */
  daily: count(10_000_000).default(500),
  /** Emails of the mailbox per calendar month (UTC). */
  monthly: count(100_000_000).default(3000),
  /** At the door: `deny` answers 429; `wait` accepts and sends when the window opens. */
  onLimit: onLimit.default('deny'),
  /** Further limits, all of which hold. */
  rates: z
    .array(rateSchema)
    .max(20)
    .refine(
      (rates) => new Set(rates.map(({ per, window }) => `${per} ${window}`)).size === rates.length,
      'must name each pair of per and window once',
    )
    .default([]),
});

/** A new domain's emails per day (UTC), by its days since the first: day 0 to 6 as many as `[0]` says, and so on. */
const step = z.strictObject({
  /** Days since `startedOn`. */
  fromDay: count(365),
  /** Emails of the domain on each day (UTC) from then on, up to the next step. */
  perDay: z.int().min(1).max(10_000_000),
});

export const warmUpSchema = z.strictObject({
  /** The day on which the domain began to send (UTC). */
  startedOn: z.iso.date(),
  /** In the order of `fromDay`. */
  steps: z
    .array(step)
    .min(1)
    .max(20)
    .refine(
      (steps) => steps.every((one, i) => i === 0 || one.fromDay > (steps[i - 1]?.fromDay ?? 0)),
      'must be in the order of fromDay, each once',
    )
    .default([
      { fromDay: 0, perDay: 100 },
      { fromDay: 7, perDay: 500 },
      { fromDay: 14, perDay: 2_000 },
      { fromDay: 28, perDay: 10_000 },
    ]),
});
export type WarmUp = z.output<typeof warmUpSchema>;

/** Emails of the domain on the day (UTC) of an instant; before its first step, as many as on that. */
export function warmUpLimit({ startedOn, steps }: WarmUp, at: Date): number {
  const day = Math.floor((at.getTime() - Date.parse(startedOn)) / 86_400_000);
  const reached = steps.filter((one) => one.fromDay <= day).at(-1) ?? steps[0];
  return reached?.perDay ?? 0;
}
