/** @module Revisions and the recipients they name: making them from content, and writing them. */
import { addressKey } from '../core/email/address.js';
import type { Category, EmailContent } from '../core/email/request.js';
import {
  digestOf,
  makeRevision,
  recipientsOf,
  withoutRecipients,
  type AttachmentRef,
  type Revision,
} from '../core/email/revision.js';
import type { Policy } from '../core/policy/schema.js';
import { overseen, withoutOverseer } from '../core/policy/oversight.js';
import { putBlobs } from './blobs.js';
import { judge, type Circumstances, type Judged, type Subject } from './judge.js';
import { cleaned, toJson, type Json } from './json.js';
import { isCopy } from './recipient-limits.js';
import type { MailboxRow } from './store.js';
import type { Rows } from './tables.js';
import { nameUploads } from './uploads.js';
import type { Work } from './work.js';

export interface RevisionsTable {
  org: string;
  message: string;
  revision: number;
  digest: string;
  header_id: string;
  content: Json;
  by: string;
  at: Date;
}

type Attachment = AttachmentRef & { bytes: Uint8Array };

export interface Source {
  id: string;
  number: number;
  mailbox: MailboxRow;
  category: Category;
  content: EmailContent;
  attachments: Attachment[];
  derivedText?: string | undefined;
}

export function revisionOf({
  id,
  number,
  mailbox,
  category,
  content,
  attachments,
  derivedText,
}: Source): Revision {
  const revision = makeRevision(content, {
    messageId: id,
    sender: { address: mailbox.address, ...(mailbox.displayName !== null && { name: mailbox.displayName }) },
    revision: number,
    category,
    attachments: attachments.map(({ filename, contentType, contentId, size, sha256 }) => ({
      filename,
      contentType,
      ...(contentId !== undefined && { contentId }),
      size,
      sha256,
    })),
    ...(derivedText !== undefined && { text: derivedText }),
  });
  return overseen(revision, mailbox.policy);
}

/** Judges a new revision; where policy drops suppressed recipients, judges what is left of it. */
export async function judgeNew(
  work: Work,
  subject: Subject,
  circumstances: Circumstances,
): Promise<Judged & { revision: Revision }> {
  const { revision } = subject;
  const judged = await judge(work, subject, circumstances);
  if (judged.mailbox.policy.onSuppressed !== 'drop') return { ...judged, revision };
  const check = judged.verdict.checks.find(
    (one) => one.rule === 'suppression_check' && one.status === 'failed',
  );
  const found = check?.evidence?.['recipients'];
  // The copy for oversight is never dropped, nor is it somebody to write to: without it, or with it alone, nothing goes.
  const { policy } = judged.mailbox;
  const written = recipientsOf(withoutOverseer(revision, policy)).length;
  const suppressed = new Set(Array.isArray(found) ? found.filter((index) => index < written) : []);
  const left = withoutRecipients(revision, suppressed);
  if (suppressed.size === 0 || suppressed.size === written) return { ...judged, revision };
  return { ...(await judge(work, { ...subject, revision: left }, circumstances)), revision: left };
}

export interface NewRevision {
  org: string;
  mode: Rows['messages']['mode'];
  id: string;
  number: number;
  revision: Revision;
  digest: string;
  attachments: Attachment[];
  by: string;
}

export const digestIn = ({ settings }: Work, revision: Revision): string =>
  digestOf(revision, settings.sha256);

/** As the message has them that names this revision; whom it is to go to at once is counted already. */
export function recipientRows(
  { org, mode, mailbox, id, status, created_at }: Rows['messages'],
  revision: Revision,
  { policy, now }: { policy: Policy; now: Date },
): Rows['recipients'][] {
  return recipientsOf(revision).map(({ index, kind, address }) => ({
    ...{ org, mode, message: id, index, kind, address, address_key: addressKey(address), status: 'ready' },
    ...{ reason: null, smtp_status: null, soft_bounces: 0, bounce: null, retry_at: null },
    ...{ attempt: null, try: null, delivered_at: null, created_at, mailbox },
    counted_at: status === 'queued' && !isCopy({ kind, address }, policy) ? now : null,
  }));
}

/** Writes the revision, its recipients and the bytes that it refers to. */
export async function writeRevision(
  work: Work,
  fresh: NewRevision,
  recipients: Rows['recipients'][],
): Promise<void> {
  const { trx, now, later } = work;
  const { org, id, number, revision, digest, attachments, by } = fresh;
  later(
    `revision ${id} ${number}`,
    trx.insertInto('revisions').values({
      ...{ org, message: id, revision: number, digest, header_id: revision.messageId },
      ...{ content: toJson(revision), by: cleaned(by), at: now },
    }),
  );
  later(`recipients of ${id}`, trx.insertInto('recipients').values(recipients));
  await putBlobs(trx, attachments, now);
  nameUploads(
    work,
    fresh,
    attachments.map((one) => one.sha256),
  );
}
