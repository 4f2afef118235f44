/**
 * @module What a person asks the inbox to report of a captured mail, and the provider report made of it.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ProviderReport } from '../core/delivery/receipt.js';
import type { CapturedMail } from './captured-mail.js';

/** What a report may say of a mail; each is a button on the page. */
export const CHOICES = [
  { label: 'delivered', type: 'delivered' },
  { label: 'soft bounce', type: 'bounced', bounce: 'soft' },
  { label: 'hard bounce', type: 'bounced', bounce: 'hard' },
  { label: 'complaint', type: 'complained' },
] as const;

const wishSchema = z
  .strictObject({
    type: z.enum(['delivered', 'bounced', 'complained']),
    bounce: z.enum(['hard', 'soft', 'block']).optional(),
    recipient: z.string().min(3).max(320).optional(),
  })
  .refine((wish) => wish.bounce === undefined || wish.type === 'bounced', {
    path: ['bounce'],
    message: 'goes only with the type bounced',
  });

const SMTP_STATUS = { hard: '5.1.1', soft: '4.2.2', block: '5.7.1' } as const;

/** The report, or what is wrong with the wish: one sentence that says how to mend it. */
export function reportOf(mail: CapturedMail, wish: unknown): ProviderReport | string {
  const parsed = wishSchema.safeParse(wish);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${issue?.path.join('.') || 'the report'}: ${issue?.message ?? 'is not valid'}; send { "type", "bounce"?, "recipient"? }`;
  }
  const message = mail.mailwardenId ?? mail.messageId;
  if (message === '')
    return 'this mail has neither X-Mailwarden-Id nor Message-ID, so nobody could tell which one is reported';
  const { type, recipient } = parsed.data;
  const known = mail.to.find((one) => one.toLowerCase() === recipient?.toLowerCase());
  if (recipient !== undefined && known === undefined)
    return 'recipient: is none of this mail; leave it out to mean all of them';
  const bounce = type === 'bounced' ? (parsed.data.bounce ?? 'hard') : undefined;
  return {
    reportId: idOf([mail.id, known ?? '', type, bounce ?? '']),
    type,
    ...(bounce && { bounce, smtpStatus: SMTP_STATUS[bounce] }),
    message,
    ...(known !== undefined && { recipient: known }),
  };
}

/** The same button pressed again is the same report; hashed, because no address may stand in an id. */
function idOf(parts: string[]): string {
  return `capture-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;
}
