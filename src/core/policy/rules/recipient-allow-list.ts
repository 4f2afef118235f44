/** @module Only the people on the list, over To, Cc and Bcc; a list that is set but empty blocks all. */
import { indexesWhere, unlessNone } from './recipients.js';
import { skipped, type Rule } from '../rule.js';
import { matchesAny } from './recipient-pattern.js';

export const recipientAllowList: Rule = {
  code: 'recipient_allow_list',
  summary: 'Only recipients on the allow-list are written to.',
  mode: 'enforce',
  settings: ['allow'],
  remedy: 'Write only to recipients on the allow-list, or ask a person to add this one.',
  judge({ policy, everyone }) {
    const { allow } = policy;
    if (allow === undefined) return skipped();
    return unlessNone(
      indexesWhere(everyone, ({ address }) => !matchesAny(allow, address)),
      'deny',
    );
  },
};
