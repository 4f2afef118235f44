/** @module When mail may go out: settings of the rule sending_hours. Pure. */
import { z } from 'zod';
import { patterns } from './pattern.js';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Minutes of a day, and of a week, which begins on Monday. */
export const DAY = 24 * 60;
export const WEEK = 7 * DAY;

const time = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/u, 'must be a time such as 09:00, up to 24:00');

/** From and until on the clock of the zone; where `until` is not later than `from`, it is on the next day. */
export const windowSchema = z.strictObject({
  /** On which it begins. */
  days: z
    .array(z.enum(WEEKDAYS))
    .min(1)
    .max(7)
    .refine((days) => new Set(days).size === days.length, 'must name each day once')
    .default([...WEEKDAYS]),
  /** `09:00`, with that minute. */
  from: time.refine((text) => text !== '24:00', 'must be a time from 00:00 to 23:59'),
  /** `17:00`, without that minute; where it is not later than `from`, on the next day. */
  until: time,
});
export type HoursWindow = z.output<typeof windowSchema>;

/** From and up to, but without; in minutes. */
export type Span = readonly [from: number, until: number];

const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** A window in the minutes of a week; what goes over the end of Sunday stands at the beginning of Monday. */
export function spansOf({ days, from, until }: HoursWindow): Span[] {
  const [opens, shuts] = [minuteOf(from), minuteOf(until)];
  return days.flatMap((day): Span[] => {
    const start = WEEKDAYS.indexOf(day) * DAY + opens;
    const end = start + (shuts > opens ? shuts - opens : shuts - opens + DAY);
    return end <= WEEK
      ? [[start, end]]
      : [
          [start, WEEK],
          [0, end - WEEK],
        ];
  });
}

const overlap = (one: HoursWindow, other: HoursWindow): boolean =>
  spansOf(one).some(([from, until]) => spansOf(other).some(([a, b]) => a < until && from < b));

/** Two windows over the same time are a slip of whoever wrote them: changing one would then change nothing. */
const windows = z
  .array(windowSchema)
  .max(50)
  .superRefine((all, context) => {
    all.forEach((one, place) => {
      const other = all.slice(0, place).findIndex((earlier) => overlap(earlier, one));
      if (other >= 0)
        context.addIssue({ code: 'custom', path: [place], message: `overlaps the one at ${other}` });
    });
  })
  .default([]);

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be a time zone of the IANA list, such as Europe/Berlin');

export const hoursSchema = z.strictObject({
  /** The zone of the times below. */
  timeZone: timeZone.default('UTC'),
  /**
   * Recipients whose own zone counts instead; the first that names one does. An email to several goes when it is
   * open for all of them.
   */
  ofRecipients: z
    .array(
      z.strictObject({
        /** As in `allow`. */
        recipients: patterns.min(1),
        /** Of the IANA list, such as `Europe/Berlin`. */
        timeZone,
      }),
    )
    .max(50)
    .default([]),
  /** Emails go only within these; none: at any time. */
  allowed: windows,
  /** Emails do not go within these. */
  quiet: windows,
  /** Days on which nothing goes. */
  holidays: z.array(z.iso.date()).max(500).default([]),
  /** Those that go at any time. */
  except: z.array(z.enum(['transactional', 'commercial', 'conversational'])).default([]),
});
export type Hours = z.output<typeof hoursSchema>;
