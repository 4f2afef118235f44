/** @module Emails per key, mailbox, domain, org or recipient domain, in a window of the clock. */
import type { RateUsage } from '../facts.js';
import { passed, skipped, type Rule } from '../rule.js';
import type { Rate } from '../settings/limits.js';
import { EFFECTS, type Effect, type Evidence } from '../verdict.js';
import { overLimit } from './over-limit.js';

const evidenceOf = ({ limit }: Rate, { per, window, used, recipients }: RateUsage): Evidence => ({
  ...{ per, window, current: used, limit },
  ...(recipients && { recipients }),
});

/** Names the limit that is in the way for the longest; where none is, that which is the fullest. */
export const rateLimits: Rule = {
  code: 'rate_limits',
  summary: 'No more emails go per key, mailbox, domain, org and recipient domain than the policy lists.',
  mode: 'enforce',
  settings: ['limits.rates', 'limits.onLimit'],
  remedy: 'Send it again when the window opens.',
  judge(judgement) {
    const all = judgement.policy.limits.rates.flatMap((rate, i) => {
      const usage = judgement.facts.rates[i];
      return usage === undefined ? [] : [{ rate, usage, evidence: evidenceOf(rate, usage) }];
    });
    const [worst] = all
      .filter(({ rate, usage }) => usage.used >= rate.limit)
      .map(({ rate: { limit, onLimit }, usage: { opensAt }, evidence }) => ({
        opensAt,
        finding: overLimit(judgement, { limit, onLimit, evidence, opensAt }),
      }))
      .sort((a, b) => strength(a.finding) - strength(b.finding) || b.opensAt.localeCompare(a.opensAt));
    if (worst !== undefined) return worst.finding;
    const [fullest] = all.sort((a, b) => b.usage.used / b.rate.limit - a.usage.used / a.rate.limit);
    return fullest === undefined ? skipped() : passed(fullest.evidence);
  },
};

const strength = ({ effect }: { effect?: Effect }): number => EFFECTS.findIndex((one) => one === effect);
