/**
 * @module The same content to the same recipients, shortly after each other: one email, however often it is asked for.
 * Only at the door: what was accepted is no duplicate of what came after it.
 */
import { failed, passed, skipped, type Rule } from '../rule.js';

export const duplicate: Rule = {
  code: 'duplicate',
  summary: 'The same content goes to the same recipients once within the minutes of the policy.',
  mode: 'enforce',
  settings: ['duplicateMinutes'],
  remedy: 'Do nothing: the email that was sent first is the one. Another one needs something else to say.',
  judge({ policy, facts: { admitted, duplicateOf } }) {
    if (policy.duplicateMinutes === 0 || admitted) return skipped();
    return duplicateOf === null ? passed() : failed('deny', { duplicateOf });
  },
};
