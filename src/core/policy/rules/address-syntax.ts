/** @module Addresses that are legal but that providers refuse or mangle (RFC 6531, quoted local parts). */
import { syntaxOf } from '../../email/address.js';
import { recipientsOf } from '../../email/revision.js';
import { failed, passed, type Rule } from '../rule.js';

export const addressSyntax: Rule = {
  code: 'address_syntax',
  judge({ revision }) {
    const recipients = recipientsOf(revision)
      .filter((one) => syntaxOf(one.address) !== 'ok')
      .map((one) => one.index);
    return recipients.length === 0 ? passed() : failed('deny', { recipients });
  },
};
