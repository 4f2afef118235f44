/** @module How many people outside of the mailbox's own domain one email may go to. */
import { indexesWhere, isExternal, within } from './recipients.js';
import { skipped, type Rule } from '../rule.js';

export const externalRecipients: Rule = {
  code: 'external_recipients',
  summary: "One email goes to so many recipients outside of the mailbox's own domain and no more.",
  mode: 'enforce',
  settings: ['recipients.maxExternal'],
  remedy: "Write to fewer recipients outside of the mailbox's own domain, or in several emails.",
  judge({ policy, everyone, facts }) {
    const { maxExternal } = policy.recipients;
    if (maxExternal === undefined) return skipped();
    return within(maxExternal, indexesWhere(everyone, (one) => isExternal(one, facts)).length);
  },
};
