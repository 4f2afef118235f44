/**
 * @module Nobody who bounced, complained or was blocked by hand; one such recipient denies the message. Whoever
 * unsubscribed gets no commercial email and no conversation, but still what a transaction of theirs brings.
 */
import type { SuppressionHit } from '../facts.js';
import { failed, passed, type Rule } from '../rule.js';

/** Reasons that are codes. What a person wrote instead may name somebody, and evidence crosses Temporal. */
const CODES = new Set(['hard_bounce', 'soft_bounce', 'complaint', 'unsubscribe', 'manual']);

export const suppressionCheck: Rule = {
  code: 'suppression_check',
  judge({ revision, facts }) {
    const isPassed = ({ reason }: SuppressionHit): boolean =>
      reason === 'unsubscribe' && revision.category === 'transactional';
    const stopping = facts.suppressions.filter((hit) => !isPassed(hit));
    const [first] = stopping;
    if (first === undefined)
      return facts.suppressions.length === 0
        ? passed()
        : passed({ recipients: indexesOf(facts.suppressions), reason: 'unsubscribe' });
    return failed('deny', {
      recipients: indexesOf(stopping),
      scope: first.scope,
      reason: CODES.has(first.reason) ? first.reason : 'manual',
    });
  },
};

const indexesOf = (hits: readonly SuppressionHit[]): number[] =>
  [...new Set(hits.map((hit) => hit.index))].sort((a, b) => a - b);
