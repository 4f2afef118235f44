/**
 * @module Nobody who bounced, complained or was blocked by hand; one such recipient denies the message. Whoever
 * unsubscribed (`unsubscribe`) gets no commercial email and no conversation, but still what a transaction of theirs
 * brings; whoever unsubscribed from everything (`unsubscribe_all`) gets nothing.
 */
import type { SuppressionHit } from '../facts.js';
import { failed, passed, type Rule } from '../rule.js';
import { suppressionCode } from '../suppression-code.js';

export const suppressionCheck: Rule = {
  code: 'suppression_check',
  summary: 'Nobody who bounced, complained, unsubscribed or was blocked by hand is written to.',
  mode: 'enforce',
  settings: ['onSuppressed'],
  remedy: 'Leave this recipient out, and do not retry this address.',
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
      reason: suppressionCode(first.reason),
    });
  },
};

const indexesOf = (hits: readonly SuppressionHit[]): number[] =>
  [...new Set(hits.map((hit) => hit.index))].sort((a, b) => a - b);
