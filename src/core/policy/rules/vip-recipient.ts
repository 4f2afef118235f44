/** @module Recipients for whom a person looks first, whatever the mailbox may do alone. */
import { indexesWhere, unlessNone } from './recipients.js';
import { skipped, type Rule } from '../rule.js';
import { matchesAny } from './recipient-pattern.js';

export const vipRecipient: Rule = {
  code: 'vip_recipient',
  summary: 'A person looks at every email to the recipients on the VIP list.',
  mode: 'enforce',
  settings: ['vip'],
  remedy: 'Wait for a person to decide.',
  judge({ policy: { vip }, everyone }) {
    if (vip.length === 0) return skipped();
    return unlessNone(
      indexesWhere(everyone, ({ address }) => matchesAny(vip, address)),
      'review',
    );
  },
};
