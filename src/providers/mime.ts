/**
 * @module A revision as the bytes that go out. Whole before the wire, so that nothing can fail in the
 * middle of DATA; Bcc is in the envelope only.
 */
import { createHash } from 'node:crypto';
import MailComposer, { type MailComposerOptions } from 'nodemailer/lib/mail-composer';
import type { Address } from '../core/email/address.js';
import type { MimeSource } from '../core/email/mime-source.js';
import type { AttachmentRef, Revision } from '../core/email/revision.js';

/** The message with CRLF line ends, not yet dot-stuffed. @throws where an attachment's bytes are not those judged. */
export async function composeMime(source: MimeSource): Promise<Buffer> {
  return await new MailComposer(mailOptions(source)).compile().build();
}

/** The revision in nodemailer's words. */
export function mailOptions({ id, revision, blobs, date }: MimeSource): MailComposerOptions {
  const { inReplyTo, calendar } = revision;
  const headers = headersOf(id, revision);
  const spelling = new Map(Object.keys(headers).map((name) => [name.toLowerCase(), name]));
  return {
    from: mailbox(revision.from),
    ...(revision.replyTo && { replyTo: mailbox(revision.replyTo) }),
    to: revision.to.map(mailbox),
    cc: revision.cc.map(mailbox),
    subject: revision.subject,
    messageId: revision.messageId,
    ...(date && { date }),
    ...(inReplyTo !== undefined && { inReplyTo, references: inReplyTo }),
    headers,
    // Names go out as they were written and judged, not in nodemailer's capitals.
    normalizeHeaderKey: (name) => spelling.get(name.toLowerCase()) ?? name,
    ...(revision.text !== undefined && { text: revision.text }),
    ...(revision.html !== undefined && { html: revision.html }),
    ...(calendar && {
      alternatives: [
        { contentType: `text/calendar; charset=utf-8; method=${calendar.method}`, content: calendar.ics },
      ],
    }),
    attachments: revision.attachments.map((one) => ({
      filename: one.filename,
      contentType: safeType(one.contentType),
      contentDisposition: one.contentId === undefined ? 'attachment' : 'inline',
      ...(one.contentId !== undefined && { cid: one.contentId }),
      content: bytesOf(one, blobs),
    })),
    // An attachment's path would be a way to read local files and internal URLs.
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  };
}

/** The caller's own headers and ours: what every provider sends besides those that it makes of the other fields. */
export const headersOf = (id: string, { headers }: Pick<Revision, 'headers'>): Record<string, string> => ({
  ...customHeaders(headers),
  'X-Mailwarden-Id': id,
  // RFC 3834: other robots must not answer this one.
  'Auto-Submitted': 'auto-generated',
});

/** A copy, because nodemailer writes into what it is given; the name is plain text, never parsed. */
const mailbox = ({ address, name }: Address): { address: string; name: string } => ({
  address,
  name: name ?? '',
});

/** The request's schema lets no other names pass; here is the last place to be sure of it. */
function customHeaders(headers: Revision['headers']): Record<string, string> {
  const named = Object.entries(headers).filter(([name]) => /^x-(?!mailwarden-)[a-z0-9-]+$/iu.test(name));
  return Object.fromEntries(named);
}

/** A part that calls itself multipart would bring MIME structure of its own that nobody judged. */
export const safeType = (contentType: string): string =>
  /^multipart\//iu.test(contentType) ? 'application/octet-stream' : contentType;

/** The bytes that were judged. @throws where they are missing or others. */
export function bytesOf({ sha256 }: AttachmentRef, blobs: MimeSource['blobs']): Buffer {
  const bytes = blobs.get(sha256);
  if (bytes === undefined) throw new Error(`attachment ${sha256} is missing`);
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw new Error(`attachment ${sha256} is damaged`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
