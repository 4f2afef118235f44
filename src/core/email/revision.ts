/**
 * @module A request made canonical: who sends, who receives, every byte that they will see, and the
 * headers that are ours. Immutable; an edit makes the next one. Pure: hashing is injected.
 */
import type { Address } from './address.js';
import { canonical, type Hash } from './canonical.js';
import type { Category, EmailContent } from './request.js';

/** An attachment by reference; its bytes are in the store under their SHA-256. */
export interface AttachmentRef {
  filename: string;
  contentType: string;
  contentId?: string;
  /** Bytes, decoded. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
}

/** What is judged, approved and sent. Everything in it is inside the digest. */
export interface Revision {
  from: Address;
  replyTo?: Address;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  subject: string;
  text?: string;
  html?: string;
  headers: Record<string, string>;
  attachments: AttachmentRef[];
  calendar?: { method: string; ics: string };
  inReplyTo?: string;
  /** RFC 5322 Message-ID with angle brackets, minted here so that a report can be matched at once. */
  messageId: string;
  category: Category;
}

export type RecipientKind = 'to' | 'cc' | 'bcc';

/** One envelope recipient. `index` names it wherever an address must not stand. */
export interface Recipient {
  index: number;
  kind: RecipientKind;
  address: string;
}

/** What a revision is made from besides the request. */
export interface RevisionSource {
  messageId: string;
  sender: Address;
  revision: number;
  category: Category;
  attachments: AttachmentRef[];
  /** The text part where the caller gave only HTML. */
  text?: string;
}

/** Makes a revision; an address that stands more than once is kept where it stands first. */
export function makeRevision(content: EmailContent, source: RevisionSource): Revision {
  const seen = new Set<string>();
  const once = (list: Address[]) =>
    list.filter(({ address }) => {
      const key = address.toLowerCase();
      return seen.has(key) ? false : seen.add(key);
    });
  return withoutUndefined({
    from: source.sender,
    replyTo: content.replyTo,
    to: once(content.to),
    cc: once(content.cc),
    bcc: once(content.bcc),
    subject: content.subject,
    text: content.text ?? source.text,
    html: content.html,
    headers: content.headers,
    attachments: source.attachments,
    calendar: content.calendar,
    inReplyTo: content.inReplyTo,
    messageId: mintMessageId(source),
    category: source.category,
  });
}

/** Every envelope recipient in the order To, Cc, Bcc; its place is its index. */
export function recipientsOf(revision: Pick<Revision, 'to' | 'cc' | 'bcc'>): Recipient[] {
  return (['to', 'cc', 'bcc'] as const)
    .flatMap((kind) => revision[kind].map(({ address }) => ({ kind, address })))
    .map((one, index) => ({ index, ...one }));
}

/** The revision without recipients that must not be written to (`onSuppressed: drop`). */
export function withoutRecipients(revision: Revision, indexes: ReadonlySet<number>): Revision {
  const dropped = new Set(
    recipientsOf(revision)
      .filter((one) => indexes.has(one.index))
      .map((one) => one.address),
  );
  const keep = (list: Address[]) => list.filter((one) => !dropped.has(one.address));
  return { ...revision, to: keep(revision.to), cc: keep(revision.cc), bcc: keep(revision.bcc) };
}

/** SHA-256 over the RFC 8785 form: what an approval names and the wire is checked against. */
export function digestOf(revision: Revision, hash: Hash): string {
  return hash(canonical(revision));
}

function mintMessageId({ messageId, revision, sender }: RevisionSource): string {
  const domain = sender.address.slice(sender.address.lastIndexOf('@') + 1);
  // Reversible, so that no two messages share a Message-ID: a direct start chooses its own id.
  const local = messageId.replace(/[^A-Za-z0-9_-]/gu, (one) => `=${one.codePointAt(0)?.toString(16)}=`);
  return `<${local}.${revision}@${domain}>`;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
