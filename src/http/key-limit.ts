/**
 * @module How many calls a key may make per second at this process: a bucket per key, filled at a steady rate. It
 * costs no query and no workflow, so that a loop gone wild is stopped where it is cheapest.
 */
import { Problem } from '../errors.js';

export interface Rate {
  perSecond: number;
  /** As many at once, after a pause. */
  burst: number;
}

/** What a key has left, after the call that asked. */
export interface Allowance {
  rate: Rate;
  remaining: number;
  /** Seconds until the whole burst is there again. */
  reset: number;
  /** Seconds until the next call; absent where this one may go on. */
  retryAfter?: number;
}

/** Counts one call of a key, by its id. */
export type KeyLimit = (key: string) => Allowance;

/** Full buckets say nothing that an absent one does not: they go when there are more than this. */
const MOST_BUCKETS = 10_000;

export function keyLimit(rate: Rate, clock: () => Date): KeyLimit {
  const { perSecond, burst } = rate;
  /** Those that were asked of least recently come first. */
  const buckets = new Map<string, { left: number; at: number }>();
  const leftAt = ({ left, at }: { left: number; at: number }, now: number): number =>
    Math.min(burst, left + (Math.max(0, now - at) / 1000) * perSecond);
  return (key) => {
    const now = clock().getTime();
    const had = leftAt(buckets.get(key) ?? { left: burst, at: now }, now);
    buckets.delete(key);
    if (buckets.size > MOST_BUCKETS)
      for (const [name, bucket] of buckets) {
        if (leftAt(bucket, now) < burst) break;
        buckets.delete(name);
      }
    const goes = had >= 1;
    const left = goes ? had - 1 : had;
    buckets.set(key, { left, at: now });
    return {
      rate,
      remaining: Math.floor(left),
      reset: Math.ceil((burst - left) / perSecond),
      ...(!goes && { retryAfter: Math.max(1, Math.ceil((1 - had) / perSecond)) }),
    };
  };
}

/** @throws Problem `rate_limited`. */
export function requireAllowance({ rate, retryAfter }: Allowance): void {
  if (retryAfter === undefined) return;
  throw new Problem('rate_limited', {
    detail: `the key makes more than ${rate.perSecond} calls per second; nothing was done: repeat the same call later`,
    retryAfter,
  });
}

/** Header fields of draft-ietf-httpapi-ratelimit-headers. */
export function rateLimitHeaders({ rate, remaining, reset }: Allowance): Record<string, string> {
  const window = Math.max(1, Math.ceil(rate.burst / rate.perSecond));
  return {
    'RateLimit-Policy': `"key";q=${rate.burst};w=${window}`,
    RateLimit: `"key";r=${remaining};t=${reset}`,
  };
}
