/**
 * @module Answers go to the mailbox's own domain or to those that the policy grants. Whoever can move them elsewhere,
 * by talking an agent into it, reads what the recipient answers.
 */
import { isExternal } from './recipients.js';
import { failed, passed, skipped, type Rule } from '../rule.js';
import { matchesAny } from './recipient-pattern.js';

export const replyToDomain: Rule = {
  code: 'reply_to_domain',
  summary: "Replies go to the mailbox's own domain, or to one that the policy grants.",
  // Told and not enforced unasked: desks often have a domain of their own.
  mode: 'warn',
  settings: ['replyTo'],
  remedy: "Leave `replyTo` out, or name an address in the mailbox's own domain or in one of the policy's.",
  judge({ policy, revision: { replyTo }, facts }) {
    if (replyTo === undefined) return skipped();
    const isGranted = !isExternal(replyTo, facts) || matchesAny(policy.replyTo, replyTo.address);
    return isGranted ? passed() : failed('deny');
  },
};
