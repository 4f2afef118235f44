/** @module Only the people on the list, over To, Cc and Bcc; a list that is set but empty blocks all. */
import { recipientsOf } from '../../email/revision.js';
import { failed, passed, skipped, type Rule } from '../rule.js';
import { matchesAny } from './recipient-pattern.js';

export const recipientAllowList: Rule = {
  code: 'recipient_allow_list',
  judge({ policy, revision }) {
    const { allow } = policy;
    if (allow === undefined) return skipped();
    const recipients = recipientsOf(revision)
      .filter((one) => !matchesAny(allow, one.address))
      .map((one) => one.index);
    return recipients.length === 0 ? passed() : failed('deny', { recipients });
  },
};
