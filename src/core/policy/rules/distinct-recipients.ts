/** @module Different recipients of a mailbox in any 5 minutes, 24 hours and 30 days. */
import { addressKey } from '../../email/address.js';
import { passed, skipped, type Rule } from '../rule.js';
import { overLimit } from './over-limit.js';

const WINDOWS = ['fiveMinutes', 'day', 'month'] as const;

/** An agent that goes wrong writes to many; one that does its work, mostly to the same ones. */
export const distinctRecipients: Rule = {
  code: 'distinct_recipients',
  summary:
    'A mailbox writes to so many different recipients in any 5 minutes, 24 hours and 30 days, and to no more.',
  mode: 'enforce',
  settings: ['recipients.distinct', 'limits.onLimit'],
  remedy: 'Write to those whom the mailbox has written to lately, or send it again later.',
  judge(judgement) {
    const { policy, facts, everyone } = judgement;
    const all = WINDOWS.flatMap((window) => {
      const limit = policy.recipients.distinct[window];
      if (limit === undefined) return [];
      const { used, opensAt } = facts.distinct[window];
      return [{ limit, opensAt, evidence: { window, current: used, limit } }];
    });
    const [last] = all
      .filter(({ evidence, limit }) => evidence.current > limit)
      .sort((a, b) => b.opensAt.localeCompare(a.opensAt));
    if (last === undefined) return all[0] === undefined ? skipped() : passed(all[0].evidence);
    const own = new Set(everyone.map((one) => addressKey(one.address))).size;
    // One email to more than that never gets through: it is as if nobody might be written to.
    return overLimit(judgement, { ...last, limit: own > last.limit ? 0 : last.limit });
  },
};
