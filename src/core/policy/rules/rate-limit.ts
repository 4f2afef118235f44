/** @module What the hourly and the daily limit have in common. */
import type { LimitWindow } from '../facts.js';
import { failed, passed, type Rule } from '../rule.js';

/**
 * A limit on emails per window. Over it, the door denies or the email waits, as the policy says; an
 * email that was already accepted always waits, because its caller was told that it would go.
 */
export function rateLimit(code: string, window: LimitWindow): Rule {
  return {
    code,
    judge({ policy, facts }) {
      const limit = policy.limits[window];
      const { used, opensAt } = facts.usage[window];
      const evidence = { current: used, limit };
      if (used < limit) return passed(evidence);
      const waits = limit > 0 && (facts.admitted || policy.limits.onLimit === 'wait');
      return failed(waits ? 'wait' : 'deny', evidence, opensAt);
    },
  };
}
