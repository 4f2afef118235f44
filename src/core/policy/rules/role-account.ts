/** @module Addresses of a role: nobody in particular reads them, or everybody, and such mail is reported more often. */
import { isRole } from '../../email/role.js';
import { indexesWhere, unlessNone } from './recipients.js';
import type { Rule } from '../rule.js';

export const roleAccount: Rule = {
  code: 'role_account',
  summary: 'Recipients are people, not roles such as info@ or postmaster@.',
  mode: 'warn',
  settings: [],
  remedy: 'Write to a person there.',
  judge: ({ everyone }) =>
    unlessNone(
      indexesWhere(everyone, ({ address }) => isRole(address)),
      'deny',
    ),
};
