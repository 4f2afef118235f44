/**
 * @module What makes two sends the same email: the key that its caller gave, or else its content.
 */
import { canonical } from '../core/email/canonical.js';
import { contentOf, type EmailRequest } from '../core/email/request.js';
import { Problem } from '../errors.js';
import type { Caller, MailboxRow } from '../store/store.js';
import type { ServiceDeps } from './deps.js';

/** Where the key comes from decides what other content under it means: a conflict, or a reworded retry. */
export type KeySource = 'header' | 'body' | 'content';

export interface Submission {
  id: string;
  key: string;
  source: KeySource;
  /** Known to have been asked for before. */
  replayed: boolean;
  requestHash: string;
  request: EmailRequest;
  mailbox: MailboxRow;
}

export async function keyFor(
  { store, sha256, randomId, dedupeWindowMs }: ServiceDeps,
  { org, mode }: Caller,
  mailbox: string,
  request: EmailRequest,
  header: string | undefined,
): Promise<Pick<Submission, 'key' | 'source' | 'replayed'>> {
  if (request.dedupeKey !== undefined && header !== undefined && request.dedupeKey !== header)
    throw new Problem('invalid_request', {
      detail: 'dedupeKey and the Idempotency-Key header are two names of one key: give one of them',
      field: 'dedupeKey',
    });
  if (request.dedupeKey !== undefined) return { key: request.dedupeKey, source: 'body', replayed: false };
  if (header !== undefined) return { key: header, source: 'header', replayed: false };
  // What the recipients would see twice, and when; reason, context and tags are about the call, not the email.
  const { category, sendAt, expiresAt } = request;
  const hash = sha256(canonical({ ...contentOf(request), category, sendAt, expiresAt }));
  const mine = `fp:${hash}:${randomId()}`;
  const key = await store.claimFingerprint({ org, mailbox, mode, hash, key: mine, windowMs: dedupeWindowMs });
  return { key, source: 'content', replayed: key !== mine };
}
