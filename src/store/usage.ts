/** @module From how full each limit is to the facts that rules look at. Pure. */
import type { Facts, RateUsage } from '../core/policy/facts.js';
import type { Policy } from '../core/policy/schema.js';
import type { Rate } from '../core/policy/settings/limits.js';
import { usageAt, type Counts } from './buckets.js';
import type { Limit } from './limits.js';

/** `at`: when it would go. */
export function usageOf(
  policy: Policy,
  { limits, counts }: { limits: readonly Limit[]; counts: Counts },
  at: Date,
): Pick<Facts, 'usage' | 'rates' | 'domainToday'> {
  const nothing = { used: 0, opensAt: at.toISOString() };
  const usage = (rule: Limit['rule']): Facts['domainToday'] => {
    const limit = limits.find((one) => one.rule === rule);
    return limit === undefined ? nothing : usageAt(counts, limit, at);
  };
  /** Of several recipient domains, that which is fullest; as the limit is one, that which has most. */
  const rateUsage = ({ per, window }: Rate): RateUsage => {
    const [fullest] = limits
      .filter((one) => one.rule === 'rate_limits' && one.per === per && one.window === window)
      .map(({ recipients, ...limit }) => ({
        ...usageAt(counts, limit, at),
        ...(recipients && { recipients }),
      }))
      .sort((a, b) => b.used - a.used || b.opensAt.localeCompare(a.opensAt));
    return { per, window, ...(fullest ?? nothing) };
  };
  return {
    usage: {
      hourly: usage('rate_limit_hourly'),
      daily: usage('rate_limit_daily'),
      monthly: usage('rate_limit_monthly'),
    },
    rates: policy.limits.rates.map(rateUsage),
    domainToday: usage('warmup_limit'),
  };
}
