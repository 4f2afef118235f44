/** @module Recipients at a service of throw-away mailboxes: nobody is there a day later. */
import { domainOf } from '../../email/address.js';
import { isDisposable } from '../../email/disposable.js';
import { indexesWhere, unlessNone } from './recipients.js';
import type { Rule } from '../rule.js';

export const disposableEmail: Rule = {
  code: 'disposable_email',
  summary: 'Nobody is written to at a service of throw-away addresses.',
  mode: 'warn',
  settings: [],
  remedy: 'Ask the recipient for another address.',
  judge: ({ everyone }) =>
    unlessNone(
      indexesWhere(everyone, ({ address }) => isDisposable(domainOf(address.toLowerCase()))),
      'deny',
    ),
};
