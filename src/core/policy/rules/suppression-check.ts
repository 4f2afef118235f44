/** @module Nobody who bounced, complained or was blocked by hand; one such recipient denies the message. */
import { failed, passed, type Rule } from '../rule.js';

/** Reasons that are codes. What a person wrote instead may name somebody, and evidence crosses Temporal. */
const CODES = new Set(['hard_bounce', 'soft_bounce', 'complaint', 'unsubscribe', 'manual']);

export const suppressionCheck: Rule = {
  code: 'suppression_check',
  judge({ facts }) {
    const [first] = facts.suppressions;
    if (first === undefined) return passed();
    const recipients = [...new Set(facts.suppressions.map((hit) => hit.index))].sort((a, b) => a - b);
    return failed('deny', {
      recipients,
      scope: first.scope,
      reason: CODES.has(first.reason) ? first.reason : 'manual',
    });
  },
};
