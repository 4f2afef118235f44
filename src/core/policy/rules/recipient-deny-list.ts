/** @module Nobody on the list, over To, Cc and Bcc. */
import { indexesWhere, unlessNone } from './recipients.js';
import { skipped, type Rule } from '../rule.js';
import { matchesAny } from './recipient-pattern.js';

export const recipientDenyList: Rule = {
  code: 'recipient_deny_list',
  summary: 'Nobody on the deny-list is written to.',
  mode: 'enforce',
  settings: ['deny'],
  remedy: 'Leave this recipient out.',
  judge({ policy, everyone }) {
    if (policy.deny.length === 0) return skipped();
    return unlessNone(
      indexesWhere(everyone, ({ address }) => matchesAny(policy.deny, address)),
      'deny',
    );
  },
};
