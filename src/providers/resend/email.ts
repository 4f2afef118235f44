/**
 * @module An email as Resend's API takes it (https://resend.com/docs/api-reference/emails/send-email). Pure, and the
 * same bytes for the same email each time: what Resend deduplicates by key has to be the same request.
 */
import { createHash } from 'node:crypto';
import type { Delivery } from '../provider.js';
import { tagFor } from '../vendor/tag.js';
import { allHeadersOf, filesOf, listsOf, mailboxText } from '../vendor/mail.js';

/** Our message id; comes back with each event. */
export const ID_TAG = 'mailwarden';
/** How many recipients the email had: an event names the To line and not whom it is about. */
export const COUNT_TAG = 'mailwarden_recipients';

export interface ResendEmail {
  from: string;
  to: string[];
  cc?: string[];
  bcc?: string[];
  reply_to?: string;
  subject: string;
  text: string;
  html?: string;
  headers: Record<string, string>;
  tags: { name: string; value: string }[];
  attachments?: { filename: string; content: string; content_type: string; content_id?: string }[];
}

/** @throws where the bytes of an attachment are missing or not those that were judged. */
export function resendEmail(delivery: Delivery): ResendEmail {
  const { id, recipients, revision } = delivery;
  const { to, cc, bcc } = listsOf(delivery);
  const tag = tagFor(id);
  const files = filesOf(delivery);
  return {
    from: mailboxText(revision.from),
    to: to.map(mailboxText),
    ...(cc.length > 0 && { cc: cc.map(mailboxText) }),
    ...(bcc.length > 0 && { bcc: bcc.map(mailboxText) }),
    ...(revision.replyTo && { reply_to: mailboxText(revision.replyTo) }),
    subject: revision.subject,
    // Where it is left out, Resend makes a text of the HTML that nobody has judged.
    text: revision.text ?? '',
    ...(revision.html !== undefined && { html: revision.html }),
    headers: allHeadersOf(delivery),
    tags: [
      ...(tag === undefined ? [] : [{ name: ID_TAG, value: tag }]),
      { name: COUNT_TAG, value: String(recipients.length) },
      { name: 'category', value: revision.category },
    ],
    ...(files.length > 0 && {
      attachments: files.map((one) => ({
        filename: one.filename,
        content: one.base64,
        content_type: one.contentType,
        ...(one.contentId !== undefined && { content_id: one.contentId }),
      })),
    }),
  };
}

/** Their keys have 1 to 256 characters, and have to fit into a header; a direct start chooses any id. */
export const idempotencyKey = (key: string): string =>
  /^[\x21-\x7e]{1,256}$/u.test(key) ? key : createHash('sha256').update(key).digest('hex');
