/** @module Addresses that are legal but that providers refuse or mangle (RFC 6531, quoted local parts). */
import { syntaxOf } from '../../email/address.js';
import { indexesWhere, unlessNone } from './recipients.js';
import type { Rule } from '../rule.js';

export const addressSyntax: Rule = {
  code: 'address_syntax',
  summary: 'Recipients have addresses that every provider carries.',
  mode: 'enforce',
  settings: [],
  remedy: 'Use another address of this recipient: this one has a form that not every provider carries.',
  judge: ({ everyone }) =>
    unlessNone(
      indexesWhere(everyone, ({ address }) => syntaxOf(address) !== 'ok'),
      'deny',
    ),
};
