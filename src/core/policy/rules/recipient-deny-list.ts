/** @module Nobody on the list, over To, Cc and Bcc. */
import { recipientsOf } from '../../email/revision.js';
import { failed, passed, skipped, type Rule } from '../rule.js';
import { matchesAny } from './recipient-pattern.js';

export const recipientDenyList: Rule = {
  code: 'recipient_deny_list',
  judge({ policy, revision }) {
    if (policy.deny.length === 0) return skipped();
    const recipients = recipientsOf(revision)
      .filter((one) => matchesAny(policy.deny, one.address))
      .map((one) => one.index);
    return recipients.length === 0 ? passed() : failed('deny', { recipients });
  },
};
