/**
 * @module Every rule there is, in the order in which traces show them. Add the next one here.
 */
import type { Rule } from '../rule.js';
import { addressSyntax } from './address-syntax.js';
import { approvalAge } from './approval-age.js';
import { autonomyLevel } from './autonomy-level.js';
import { categoryAllowed } from './category-allowed.js';
import { consentValidation } from './consent-validation.js';
import { cooldown } from './cooldown.js';
import { disposableEmail } from './disposable-email.js';
import { distinctRecipients } from './distinct-recipients.js';
import { duplicate } from './duplicate.js';
import { externalRecipients } from './external-recipients.js';
import { firstContact } from './first-contact.js';
import { hardBounced } from './hard-bounced.js';
import { keyPaused } from './key-paused.js';
import { leaseConflict } from './lease-conflict.js';
import { likelyTypo } from './likely-typo.js';
import { mailboxActive } from './mailbox-active.js';
import { negativeSignalBudget } from './negative-signal-budget.js';
import { rateLimitDaily } from './rate-limit-daily.js';
import { rateLimitHourly } from './rate-limit-hourly.js';
import { rateLimitMonthly } from './rate-limit-monthly.js';
import { rateLimitRecipient } from './rate-limit-recipient.js';
import { reasonRequired } from './reason-required.js';
import { rateLimits } from './rate-limits.js';
import { recipientAllowList } from './recipient-allow-list.js';
import { recipientCount } from './recipient-count.js';
import { recipientDomain } from './recipient-domain.js';
import { recipientDenyList } from './recipient-deny-list.js';
import { replyToDomain } from './reply-to-domain.js';
import { roleAccount } from './role-account.js';
import { sendingHours } from './sending-hours.js';
import { suppressionCheck } from './suppression-check.js';
import { tenantPaused } from './tenant-paused.js';
import { untrustedInput } from './untrusted-input.js';
import { vipRecipient } from './vip-recipient.js';
import { volumeSpike } from './volume-spike.js';
import { warmupLimit } from './warmup-limit.js';

export const RULES: readonly Rule[] = [
  tenantPaused,
  mailboxActive,
  keyPaused,
  categoryAllowed,
  reasonRequired,
  replyToDomain,
  addressSyntax,
  recipientDomain,
  disposableEmail,
  roleAccount,
  likelyTypo,
  hardBounced,
  recipientDenyList,
  recipientAllowList,
  vipRecipient,
  recipientCount,
  externalRecipients,
  firstContact,
  suppressionCheck,
  consentValidation,
  leaseConflict,
  duplicate,
  cooldown,
  rateLimitRecipient,
  distinctRecipients,
  rateLimitHourly,
  rateLimitDaily,
  rateLimitMonthly,
  rateLimits,
  warmupLimit,
  negativeSignalBudget,
  volumeSpike,
  sendingHours,
  approvalAge,
  untrustedInput,
  autonomyLevel,
];
