/**
 * @module How often a sign-in may fail: so many times a minute, for all together. Keys can't be guessed;
 * this keeps whoever tries from keeping the store busy. One counter, whatever the number of callers.
 */

const MINUTE_MS = 60_000;

export type Attempt = { allowed: true; succeeded: () => void } | { allowed: false; seconds: number };

export interface Attempts {
  /** Counts before the key is looked at, so that many at once are counted too; a success counts back. */
  begin(): Attempt;
}

export function createAttempts({ clock, limit = 30 }: { clock: () => Date; limit?: number }): Attempts {
  let minute = -1;
  let used = 0;
  return {
    begin() {
      const now = clock().getTime();
      const current = Math.floor(now / MINUTE_MS);
      if (current !== minute) [minute, used] = [current, 0];
      if (used >= limit)
        return { allowed: false, seconds: Math.ceil(((current + 1) * MINUTE_MS - now) / 1_000) };
      used += 1;
      return {
        allowed: true,
        succeeded: () => {
          if (minute === current) used -= 1;
        },
      };
    },
  };
}
