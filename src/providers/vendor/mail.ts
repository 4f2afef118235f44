/**
 * @module A revision in the parts that vendors' JSON takes: lists of addresses, headers, files. What the recipients
 * see is what composeMime would have made of it, as far as the vendor lets us say so.
 */
import type { Address } from '../../core/email/address.js';
import { bytesOf, headersOf, safeType } from '../mime.js';
import type { Delivery } from '../provider.js';

export interface VendorFile {
  filename: string;
  contentType: string;
  /** Without angle brackets; the file is then shown inside the HTML. */
  contentId?: string;
  base64: string;
}

/** Who the call is for, as the headers name them: never anybody who is not in `delivery.recipients`. */
export function listsOf({ revision, recipients }: Delivery): Record<'to' | 'cc' | 'bcc', Address[]> {
  const wanted = new Set(recipients.map((one) => one.address));
  const among = (list: readonly Address[]): Address[] => list.filter((one) => wanted.has(one.address));
  return { to: among(revision.to), cc: among(revision.cc), bcc: among(revision.bcc) };
}

/** A phrase of atoms (RFC 5322 §3.2.3) or letters of any script, which needs no quotes. */
const PHRASE = /^[\p{L}\p{M}\p{N}!#$%&'*+\-/=?^_`{|}~]+(?: [\p{L}\p{M}\p{N}!#$%&'*+\-/=?^_`{|}~]+)*$/u;

/** `a@b.example`, `Name <a@b.example>` or `"Name, of some kind" <a@b.example>`. */
export function mailboxText({ address, name }: Address): string {
  if (name === undefined || name === '') return address;
  const phrase = PHRASE.test(name) ? name : `"${name.replace(/["\\]/gu, '\\$&')}"`;
  return `${phrase} <${address}>`;
}

/** Every header that has no field of its own in the vendor's JSON. */
export function allHeadersOf({ id, revision }: Delivery): Record<string, string> {
  const { messageId, inReplyTo } = revision;
  return {
    ...headersOf(id, revision),
    'Message-ID': messageId,
    ...(inReplyTo !== undefined && { 'In-Reply-To': inReplyTo, References: inReplyTo }),
  };
}

/**
 * Attachments, inline images, and an invitation as the file that mail programs know: these vendors take no third
 * alternative beside text and HTML. @throws where bytes are missing or not those that were judged.
 */
export function filesOf({ revision, blobs }: Delivery): VendorFile[] {
  const { attachments, calendar } = revision;
  const files = attachments.map((one): VendorFile => ({
    filename: one.filename,
    contentType: safeType(one.contentType),
    ...(one.contentId !== undefined && { contentId: one.contentId }),
    base64: bytesOf(one, blobs).toString('base64'),
  }));
  if (calendar === undefined) return files;
  const contentType = `text/calendar; charset=utf-8; method=${calendar.method}`;
  return [
    ...files,
    { filename: 'invite.ics', contentType, base64: Buffer.from(calendar.ics).toString('base64') },
  ];
}
