/** @module How many people one email may go to, over To, Cc and Bcc. */
import { LIMITS } from '../../email/request.js';
import { overseerOf } from '../oversight.js';
import { within } from './recipients.js';
import type { Rule } from '../rule.js';

export const recipientCount: Rule = {
  code: 'recipient_count',
  summary: 'One email goes to so many recipients and no more.',
  mode: 'enforce',
  settings: ['recipients.max'],
  remedy: 'Write to fewer recipients, or in several emails.',
  judge({ policy, revision, everyone }) {
    const count = everyone.length;
    // A copy for oversight has to find room as well.
    const isFull = count === LIMITS.recipients && overseerOf(revision, policy) !== null;
    return within(isFull ? count - 1 : policy.recipients.max, count);
  },
};
