/** @module How far the mailbox may go without a person; the strictest level over its recipients counts. */
import { domainOf } from '../../email/address.js';
import { recipientsOf, type Recipient } from '../../email/revision.js';
import { failed, passed, warned, type Finding, type Rule } from '../rule.js';
import { AUTONOMY_LEVELS, type Autonomy, type AutonomyLevel } from '../schema.js';

export const autonomyLevel: Rule = {
  code: 'autonomy_level',
  judge({ revision, facts }) {
    const { address, autonomy } = facts.mailbox;
    const byLevel = new Map<AutonomyLevel, number[]>();
    for (const one of recipientsOf(revision)) {
      const level = levelFor(autonomy, one, domainOf(address.toLowerCase()));
      byLevel.set(level, [...(byLevel.get(level) ?? []), one.index]);
    }
    const findings = AUTONOMY_LEVELS.map((level) =>
      judgeLevel(level, byLevel.get(level) ?? [], facts.contacted),
    );
    return findings.find((finding) => finding !== null) ?? passed();
  },
};

/** Null where the level has nothing to say against these recipients. */
function judgeLevel(level: AutonomyLevel, recipients: number[], contacted: number[]): Finding | null {
  if (recipients.length === 0) return null;
  switch (level) {
    case 'read_only':
      return failed('deny', { level, recipients });
    case 'review_all':
      return failed('review', { level, recipients });
    case 'first_contact': {
      const strangers = recipients.filter((index) => !contacted.includes(index));
      return strangers.length === 0 ? null : failed('review', { level, recipients: strangers });
    }
    case 'monitored':
      return warned({ level, recipients });
    case 'auto':
      return passed({ level });
  }
}

function levelFor(autonomy: Autonomy, recipient: Recipient, ownDomain: string): AutonomyLevel {
  if (typeof autonomy === 'string') return autonomy;
  return domainOf(recipient.address.toLowerCase()) === ownDomain ? autonomy.internal : autonomy.external;
}
