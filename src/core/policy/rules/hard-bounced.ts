/**
 * @module Nobody at whom an email of this org bounced for good, unless a person has said since that the address is
 * good: by removing its suppression. To go on would cost the sender's reputation for nothing.
 */
import { indexesWhere, unlessNone } from './recipients.js';
import type { Rule } from '../rule.js';

export const hardBounced: Rule = {
  code: 'hard_bounced',
  summary: 'Nobody is written to at whom an email bounced for good before.',
  mode: 'enforce',
  settings: [],
  remedy:
    'Leave this recipient out. Where the address is good again, a person removes its suppression; then it passes.',
  judge: ({ everyone, facts }) =>
    unlessNone(
      indexesWhere(everyone, ({ index }) => facts.hardBounced.includes(index)),
      'deny',
    ),
};
