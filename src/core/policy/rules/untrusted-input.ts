/**
 * @module What was written after reading mail that nobody vouches for may carry out what that mail asked for: a person
 * looks, where it goes to anybody who was not part of the thread. Whoever declares it only ever makes it stricter.
 */
import { indexesWhere, unlessNone } from './recipients.js';
import { skipped, type Rule } from '../rule.js';

export const untrustedInput: Rule = {
  code: 'untrusted_input',
  summary:
    'A person looks at what was written after reading untrusted mail and goes to others than its thread.',
  mode: 'enforce',
  settings: [],
  remedy: 'Wait for a person to decide, or answer only those who are part of the thread.',
  judge({ everyone, facts: { untrusted } }) {
    if (untrusted === null) return skipped();
    return unlessNone(
      indexesWhere(everyone, ({ index }) => !untrusted.threadRecipients.includes(index)),
      'review',
    );
  },
};
