/** @module What the limits of a mailbox per hour, day and month have in common. */
import type { RuleCode } from '../codes.js';
import type { LimitWindow } from '../facts.js';
import { passed, type Rule } from '../rule.js';
import { overLimit } from './over-limit.js';

const UNIT = { hourly: 'clock hour', daily: 'day', monthly: 'calendar month' } as const;

export function rateLimit(code: RuleCode, window: LimitWindow): Rule {
  return {
    code,
    summary: `A mailbox sends so many emails per ${UNIT[window]} (UTC) and no more.`,
    mode: 'enforce',
    settings: [`limits.${window}`, 'limits.onLimit'],
    remedy: 'Send it again when the window opens.',
    judge(judgement) {
      const limit = judgement.policy.limits[window];
      const { used, opensAt } = judgement.facts.usage[window];
      const evidence = { current: used, limit };
      if (used < limit) return passed(evidence);
      return overLimit(judgement, { limit, evidence, opensAt });
    },
  };
}
