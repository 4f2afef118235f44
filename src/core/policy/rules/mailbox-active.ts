/** @module A paused mailbox sends nothing, not even what was approved before it was paused. */
import { failed, passed, type Rule } from '../rule.js';

export const mailboxActive: Rule = {
  code: 'mailbox_active',
  judge: ({ facts }) =>
    facts.mailbox.status === 'active' ? passed() : failed('deny', { status: facts.mailbox.status }),
};
