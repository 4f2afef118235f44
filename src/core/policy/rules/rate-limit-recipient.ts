/** @module Emails to one recipient in any 60 minutes. */
import { passed, type Rule } from '../rule.js';
import { overLimit } from './over-limit.js';

/** Over all mailboxes of the org: whoever gets them does not care which agent it was. */
export const rateLimitRecipient: Rule = {
  code: 'rate_limit_recipient',
  summary: 'The org sends so many emails to one recipient in any 60 minutes and no more.',
  mode: 'enforce',
  settings: ['recipients.perHour', 'limits.onLimit'],
  remedy: 'Send it again when the recipient has got fewer emails in the last 60 minutes, or leave them out.',
  judge(judgement) {
    const { perHour: limit } = judgement.policy.recipients;
    const { recipients } = judgement.facts;
    const current = Math.max(0, ...recipients.map((one) => one.lastHour));
    const full = recipients.filter((one) => one.lastHour >= limit);
    const opensAt = full
      .map((one) => one.opensAt)
      .sort()
      .at(-1);
    if (opensAt === undefined) return passed({ current, limit });
    const evidence = { recipients: full.map((one) => one.index), current, limit };
    return overLimit(judgement, { limit, evidence, opensAt });
  },
};
