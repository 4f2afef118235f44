/**
 * @module An email as somebody else's code gets it, over the generic HTTP form or in `defineProvider`: everything that
 * the recipient is to see, and to whom it goes.
 */
import type { Address } from '../../core/email/address.js';
import type { Category } from '../../core/email/request.js';
import type { Recipient } from '../../core/email/revision.js';
import { bytesOf, headersOf, safeType } from '../mime.js';
import type { Delivery } from '../provider.js';

export interface OwnAttachment {
  filename: string;
  contentType: string;
  /** Content-ID without angle brackets: it is shown inside the HTML. */
  contentId?: string;
  bytes: Buffer;
}

export interface OwnEmail {
  /** Our message id: the tag under which reports come back. */
  id: string;
  /** The same for each repetition of one send whose outcome nobody knows. */
  key: string;
  /** Who gets it in this call, and nobody else. Bcc recipients stand only here. */
  recipients: Recipient[];
  /** Message-ID header with angle brackets. */
  messageId: string;
  from: Address;
  replyTo?: Address;
  to: Address[];
  cc: Address[];
  subject: string;
  text?: string;
  html?: string;
  /** Message-ID that it answers: In-Reply-To and References. */
  inReplyTo?: string;
  /** Further headers, ours among them. */
  headers: Record<string, string>;
  category: Category;
  /** A text/calendar alternative (RFC 6047). */
  calendar?: { method: string; ics: string };
  attachments: OwnAttachment[];
}

/** @throws where an attachment's bytes are not those judged. */
export function ownEmail({ id, key, recipients, revision, blobs }: Delivery): OwnEmail {
  const { messageId, from, replyTo, to, cc, subject, text, html, inReplyTo, category, calendar } = revision;
  return {
    ...{ id, key, recipients, messageId, from, to, cc, subject, category },
    ...(replyTo !== undefined && { replyTo }),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(calendar !== undefined && { calendar }),
    headers: headersOf(id, revision),
    attachments: revision.attachments.map((one) => ({
      ...{ filename: one.filename, contentType: safeType(one.contentType) },
      ...(one.contentId !== undefined && { contentId: one.contentId }),
      bytes: bytesOf(one, blobs),
    })),
  };
}
