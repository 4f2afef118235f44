/**
 * @module An address that must not be written to, as the API takes and shows it. Pure.
 */
import { z } from 'zod';
import { normaliseAddress } from '../../core/email/address.js';
import { instant, line, mailboxName } from './page.js';

const DOMAIN = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,63}$/u;

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
    const isDomain = value.scope === 'domain' && DOMAIN.test(value.address.toLowerCase());
    if (!isDomain && normaliseAddress(value.address) === null)
      fail('address', value.scope === 'domain' ? 'must be a domain' : 'is not a mail address');
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
