/** @module The clock windows of limits and how full they are. Pure. */
import type { Usage } from '../core/policy/facts.js';
import type { RateWindow } from '../core/policy/settings/limits.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LENGTHS = { minute: MINUTE, hour: HOUR, day: 24 * HOUR } as const;

/** The start (UTC) of the bucket that an instant is in. */
export function bucketOf(window: RateWindow, at: Date): Date {
  if (window === 'month') return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth()));
  const length = LENGTHS[window];
  return new Date(Math.floor(at.getTime() / length) * length);
}

/** The start of the bucket after that in which an instant is. */
export function nextBucket(window: RateWindow, at: Date): Date {
  const start = bucketOf(window, at);
  if (window === 'month') return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1));
  return new Date(start.getTime() + LENGTHS[window]);
}

/** What is counted under one name, by the bucket, and how many may be in each. */
export interface Counted {
  /** The name under which it is counted. */
  key: string;
  window: RateWindow;
  /** Emails in the bucket in which this instant is. */
  limitAt: (at: Date) => number;
  /** False where policy only tells of it: then it is counted and stops nobody. */
  guards: boolean;
}

/** How many emails each bucket holds, by the name of the limit, without the message's own place. */
export type Counts = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** All limits that an email has to keep, and how full they are. */
export interface Room {
  limits: readonly Counted[];
  counts: Counts;
}

const countAt = (counts: Counts, { key, window }: Counted, at: Date): number =>
  counts.get(key)?.get(bucketOf(window, at).getTime()) ?? 0;

const isFull = (counts: Counts, limit: Counted, at: Date): boolean =>
  countAt(counts, limit, at) >= limit.limitAt(at);

export function usageAt(counts: Counts, limit: Counted, at: Date): Usage {
  let opens = nextBucket(limit.window, at);
  // A limit of 0 never opens; any other is only full where there is a count.
  while (limit.limitAt(opens) > 0 && isFull(counts, limit, opens)) opens = nextBucket(limit.window, opens);
  return { used: countAt(counts, limit, at), opensAt: opens.toISOString() };
}

/**
 * The first instant, from `from` on, at which every limit has room. Those that are in the way are above 0: a limit of 0
 * denies, and who is denied looks for no room.
 */
export function firstRoom({ limits, counts }: Room, from: Date): Date {
  let at = from;
  for (;;) {
    const opens = limits
      .filter((limit) => limit.guards && isFull(counts, limit, at))
      .map(({ window }) => nextBucket(window, at).getTime());
    if (opens.length === 0) return at;
    // What is full for a day is not looked at minute by minute.
    at = new Date(Math.max(...opens));
  }
}
