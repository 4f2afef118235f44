/** @module What one rule says, for the tests of rules. */
import type { Facts } from '../../../src/core/policy/facts.js';
import type { Finding, Rule } from '../../../src/core/policy/rule.js';
import type { PolicyInput } from '../../../src/core/policy/schema.js';
import { RULES } from '../../../src/core/policy/rules/index.js';
import { recipientsOf, type Revision } from '../../../src/core/email/revision.js';
import { aPolicy, aRevision, NOW, theFacts } from '../../support/arbitraries.js';

export interface Case {
  policy?: PolicyInput;
  revision?: Revision;
  facts?: Partial<Facts>;
}

/** The finding of the rule with this code; it has to be one of RULES, or no email is judged by it. */
export function judge(code: string, { policy, revision = aRevision(), facts }: Case = {}): Finding {
  const rule: Rule | undefined = RULES.find((one) => one.code === code);
  if (!rule) throw new Error(`RULES has no ${code}`);
  return rule.judge({
    policy: aPolicy(policy),
    revision,
    everyone: recipientsOf(revision),
    facts: theFacts(facts),
    now: NOW,
  });
}

export const mailbox = (change: Partial<Facts['mailbox']>): Partial<Facts> => ({
  mailbox: { ...theFacts().mailbox, ...change },
});
