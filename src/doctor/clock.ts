/** @module Whether two clocks agree: time-outs, expiries and signatures are measured against them. */
import { ok, warning, type Finding } from './finding.js';

/** Standard Webhooks allows five minutes, a lease is two; half a minute is a clock that nobody sets. */
const MOST_MS = 30_000;

/** `there`: what the other said the time is, some time between `before` and `after` here. */
export function compareClocks(check: string, there: Date, before: Date, after: Date): Finding {
  const skew = Math.max(0, before.getTime() - there.getTime(), there.getTime() - after.getTime());
  const seconds = Math.round(skew / 1_000);
  if (skew <= MOST_MS) return ok(check, skew < 1_500 ? 'the same as here' : `${seconds} s apart`);
  return warning(
    check,
    `${seconds} s apart from this machine's`,
    'set both by NTP, such as: timedatectl set-ntp true',
  );
}
