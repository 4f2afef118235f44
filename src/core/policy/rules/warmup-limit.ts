/** @module Emails per day of a domain that is new to sending. */
import { passed, skipped, type Rule } from '../rule.js';
import { warmUpLimit } from '../settings/limits.js';
import { overLimit } from './over-limit.js';

/** Receivers distrust a domain that sends much at once and has never sent before. */
export const warmupLimit: Rule = {
  code: 'warmup_limit',
  summary:
    'A domain that is new to sending sends a few emails per day (UTC) at first, and more from step to step.',
  mode: 'enforce',
  settings: ['warmUp', 'limits.onLimit'],
  remedy: 'Send it again tomorrow.',
  judge(judgement) {
    const { policy, facts } = judgement;
    if (policy.warmUp === undefined) return skipped();
    const limit = warmUpLimit(policy.warmUp, new Date(facts.goesAt));
    const { used, opensAt } = facts.domainToday;
    const evidence = { current: used, limit };
    return used < limit ? passed(evidence) : overLimit(judgement, { limit, evidence, opensAt });
  },
};
