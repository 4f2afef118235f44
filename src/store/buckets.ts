/** @module The clock windows of limits and how full they are. Pure. */
import { LIMIT_WINDOWS, type LimitWindow, type Usage } from '../core/policy/facts.js';

export type Limits = Record<LimitWindow, number>;

export const WINDOW_MS: Record<LimitWindow, number> = { hourly: 3_600_000, daily: 86_400_000 };

/** The start (UTC) of the bucket that an instant is in. */
export function bucketOf(window: LimitWindow, at: Date): Date {
  return new Date(Math.floor(at.getTime() / WINDOW_MS[window]) * WINDOW_MS[window]);
}

/** The name under which a mailbox's limit is counted; daily sorts, and is locked, before hourly. */
export const limitKey = (mailbox: string, window: LimitWindow): string => `mailbox:${mailbox}:${window}`;

/** How many emails each bucket holds, without the message's own place. */
export type Counts = Record<LimitWindow, ReadonlyMap<number, number>>;

const countAt = (counts: Counts, window: LimitWindow, bucket: Date): number =>
  counts[window].get(bucket.getTime()) ?? 0;

export function usageAt(counts: Counts, limits: Limits, at: Date): Record<LimitWindow, Usage> {
  const usage = (window: LimitWindow): Usage => {
    const bucket = bucketOf(window, at);
    let opens = bucket.getTime() + WINDOW_MS[window];
    // A limit of 0 never opens; any other is only full where there is a count.
    while (limits[window] > 0 && (counts[window].get(opens) ?? 0) >= limits[window])
      opens += WINDOW_MS[window];
    return { used: countAt(counts, window, bucket), opensAt: new Date(opens).toISOString() };
  };
  return { hourly: usage('hourly'), daily: usage('daily') };
}

/** The first hour, from `from` on, in which both the hour and its day have room. Limits are above 0. */
export function firstRoom(counts: Counts, limits: Limits, from: Date): Date {
  let at = from;
  for (;;) {
    const full = [...LIMIT_WINDOWS]
      .reverse()
      .find((window) => countAt(counts, window, bucketOf(window, at)) >= limits[window]);
    if (full === undefined) return at;
    at = new Date(bucketOf(full, at).getTime() + WINDOW_MS[full]);
  }
}
