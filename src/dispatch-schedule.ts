/** @module When a delivery that failed is tried again: soon at first, then ever more seldom, for three days. */

const S = 1_000;
const M = 60 * S;
const H = 60 * M;
/** After the first try, the second, …; after one more it is dead. */
const WAITS = [5 * S, 5 * M, 30 * M, 2 * H, 5 * H, 10 * H, 14 * H, 20 * H, 24 * H] as const;
/** What failed together is not tried again together. */
const JITTER = 0.1;
const LONGEST = 24 * H;

export interface FailedTry {
  /** This one included. */
  tries: number;
  now: Date;
  /** From 0 up to 1. */
  random: number;
  /** The header, as it was answered. */
  retryAfter: string | undefined;
}

/** Null where it was the last. */
export function nextTry({ tries, now, random, retryAfter }: FailedTry): Date | null {
  const wait = WAITS[tries - 1];
  if (wait === undefined) return null;
  const jittered = wait * (1 + JITTER * (2 * random - 1));
  const asked = Math.min(askedFor(retryAfter, now), LONGEST);
  return new Date(now.getTime() + Math.round(Math.max(jittered, asked)));
}

/** Milliseconds; 0 where nothing sensible was asked for. */
function askedFor(retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined) return 0;
  if (/^\d{1,9}$/u.test(retryAfter)) return Number(retryAfter) * S;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? 0 : at - now.getTime();
}
