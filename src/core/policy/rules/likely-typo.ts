/**
 * @module A recipient whose domain is one slip away from a large provider. It is never rewritten: whose address it is
 * only the caller can find out. Where an email has arrived before, it is no slip.
 */
import { domainOf } from '../../email/address.js';
import { meantDomain } from '../../email/typo.js';
import { indexesWhere, strangersAmong, unlessNone } from './recipients.js';
import type { Rule } from '../rule.js';

export const likelyTypo: Rule = {
  code: 'likely_typo',
  summary: 'No recipient has a domain that looks like a slip of the finger.',
  mode: 'warn',
  settings: [],
  remedy:
    'Find out how the address is really written, and send it there; where it is right, a person says so.',
  judge({ everyone, facts }) {
    const suspects = indexesWhere(
      everyone,
      ({ address }) => meantDomain(domainOf(address.toLowerCase())) !== null,
    );
    return unlessNone(strangersAmong(suspects, facts), 'review');
  },
};
