/**
 * @module A person looks at the first email to anybody; the autonomy level of the same name says so of a mailbox, this
 * of a policy.
 */
import { strangersAmong, unlessNone } from './recipients.js';
import type { Rule } from '../rule.js';

export const firstContact: Rule = {
  code: 'first_contact',
  summary: 'A person looks at the first email to anybody whom the org has not reached before.',
  mode: 'off',
  settings: [],
  remedy: 'Wait for a person to decide, or write only to recipients whom an email has reached before.',
  judge: ({ everyone, facts }) =>
    unlessNone(
      strangersAmong(
        everyone.map((one) => one.index),
        facts,
      ),
      'review',
    ),
};
