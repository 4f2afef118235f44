/** @module How far the mailbox may go without a person; the strictest level over its recipients counts. */
import type { Recipient } from '../../email/revision.js';
import type { Facts } from '../facts.js';
import { isExternal, strangersAmong } from './recipients.js';
import { failed, passed, warned, type Finding, type Rule } from '../rule.js';
import { AUTONOMY_LEVELS, type AutonomyLevel } from '../schema.js';

export const autonomyLevel: Rule = {
  code: 'autonomy_level',
  summary: 'The mailbox goes as far without a person as its autonomy says.',
  mode: 'enforce',
  settings: [],
  remedy: 'Wait for a person to decide; where the mailbox only reads, use another one.',
  judge({ everyone, facts }) {
    const byLevel = new Map<AutonomyLevel, number[]>();
    for (const one of everyone) {
      const level = levelFor(one, facts);
      byLevel.set(level, [...(byLevel.get(level) ?? []), one.index]);
    }
    const findings = AUTONOMY_LEVELS.map((level) => judgeLevel(level, byLevel.get(level) ?? [], facts));
    return findings.find((finding) => finding !== null) ?? passed();
  },
};

/** Null where the level has nothing to say against these recipients. */
function judgeLevel(level: AutonomyLevel, recipients: number[], facts: Facts): Finding | null {
  if (recipients.length === 0) return null;
  switch (level) {
    case 'read_only':
      return failed('deny', { level, recipients });
    case 'review_all':
      return failed('review', { level, recipients });
    case 'first_contact': {
      const strangers = strangersAmong(recipients, facts);
      return strangers.length === 0 ? null : failed('review', { level, recipients: strangers });
    }
    case 'monitored':
      return warned({ level, recipients });
    case 'auto':
      return passed({ level });
  }
}

function levelFor(recipient: Recipient, facts: Facts): AutonomyLevel {
  const { autonomy } = facts.mailbox;
  if (typeof autonomy === 'string') return autonomy;
  return isExternal(recipient, facts) ? autonomy.external : autonomy.internal;
}
