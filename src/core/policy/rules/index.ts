/**
 * @module Every rule there is, in the order in which traces show them. Add the next one here.
 */
import type { Rule } from '../rule.js';
import { addressSyntax } from './address-syntax.js';
import { autonomyLevel } from './autonomy-level.js';
import { mailboxActive } from './mailbox-active.js';
import { rateLimitDaily } from './rate-limit-daily.js';
import { rateLimitHourly } from './rate-limit-hourly.js';
import { recipientAllowList } from './recipient-allow-list.js';
import { recipientDenyList } from './recipient-deny-list.js';
import { suppressionCheck } from './suppression-check.js';

export const RULES: readonly Rule[] = [
  mailboxActive,
  addressSyntax,
  recipientDenyList,
  recipientAllowList,
  suppressionCheck,
  rateLimitHourly,
  rateLimitDaily,
  autonomyLevel,
];
