/**
 * @module An address that must not be written to, as the API takes and shows it. Pure.
 */
import { z } from 'zod';
import { normaliseAddress, normaliseDomain } from '../../core/email/address.js';
import { instant, line, mailboxName } from './page.js';

/** `*@x.example` and `@x.example`: how other systems write a whole domain. */
const WILDCARD = /^\*?@/u;

const WRONG = {
  address: 'is not a mail address; write it as name@domain.example, or give a domain with scope domain',
  wildcard: 'names a whole domain; write the domain alone, with scope domain',
  domain: 'must be a domain such as domain.example; an address goes with scope org or mailbox',
} as const;

/** An address or a domain to look for, in the form in which it was stored. */
export const suppressedName = line(320).transform((text) => {
  const name = text.trim();
  return normaliseAddress(name) ?? normaliseDomain(name) ?? name;
});

export const suppressionAddSchema = z
  .strictObject({
    /** An address; with scope `domain`, a domain. */
    address: line(320).transform((text) => text.trim()),
    scope: z.enum(['org', 'domain', 'mailbox']).default('org'),
    /** With scope `mailbox`: id or address of the mailbox. */
    mailbox: mailboxName.optional(),
    reason: line(200).default('manual'),
    expiresAt: instant.optional(),
  })
  .check(({ value, issues }) => {
    const fail = (field: string, message: string) =>
      issues.push({ code: 'custom', path: [field], message, input: undefined });
    const isDomain = value.scope === 'domain';
    const isWildcard = WILDCARD.test(value.address);
    // The form in which recipients are compared, or the row would stand there and stop nothing.
    const name = isDomain ? normaliseDomain(value.address) : normaliseAddress(value.address);
    if (isWildcard || name === null)
      fail('address', isWildcard ? WRONG.wildcard : WRONG[isDomain ? 'domain' : 'address']);
    else value.address = name;
    if ((value.scope === 'mailbox') !== (value.mailbox !== undefined))
      fail('mailbox', 'goes with scope mailbox, and only with it');
  });

export const suppressionSchema = z.object({
  id: z.string(),
  address: z.string(),
  scope: z.enum(['org', 'domain', 'mailbox']),
  mailbox: z.string().nullable(),
  mode: z.enum(['live', 'test']),
  reason: z.string(),
  source: z.string(),
  message: z.string().nullable(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
});

/** The columns of a file; those of an export that an import does not need are taken and left alone. */
export const SUPPRESSION_COLUMNS = [
  'address',
  'scope',
  'mailbox',
  'reason',
  'expiresAt',
  'source',
  'createdAt',
] as const;

export const suppressionCheckSchema = z.object({
  /** Normalised. */
  address: z.string(),
  suppressed: z.boolean(),
  /** Everything that holds for it now, the oldest first. */
  reasons: z.array(
    z.object({
      id: z.string(),
      scope: z.enum(['org', 'domain', 'mailbox']),
      mailbox: z.string().nullable(),
      reason: z.string(),
      /** `all` email; or all `but_transactional`, where somebody unsubscribed. */
      stops: z.enum(['all', 'but_transactional']),
      expiresAt: z.string().nullable(),
    }),
  ),
});
