/** @module Nobody who bounced, complained or was blocked by hand; one such recipient denies the message. */
import { failed, passed, type Rule } from '../rule.js';

export const suppressionCheck: Rule = {
  code: 'suppression_check',
  judge({ facts }) {
    const [first] = facts.suppressions;
    if (first === undefined) return passed();
    const recipients = [...new Set(facts.suppressions.map((hit) => hit.index))].sort((a, b) => a - b);
    return failed('deny', { recipients, scope: first.scope, reason: first.reason });
  },
};
