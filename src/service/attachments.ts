/** @module The verbs on uploads, and what the doors check of an email that names some. */
import { createHash } from 'node:crypto';
import { referenceProblems, referencesOf } from '../core/email/attachment.js';
import type { AttachmentRef } from '../core/email/revision.js';
import type { EmailContent } from '../core/email/request.js';
import { Problem } from '../errors.js';
import type { Caller } from '../store/store.js';
import type { ServiceDeps, Verb } from './deps.js';
import { invalid } from './invalid.js';
import { bytesOf } from './schemas/bytes.js';

export const uploadAttachment: Verb<'attachments.upload'> = async (
  { store },
  { org, mode, principal },
  { contentType, ...given },
) => {
  const bytes = bytesOf(given);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return await store.putUpload({ org, mode, sha256, bytes, contentType, by: principal });
};

export const getAttachment: Verb<'attachments.get'> = async ({ store }, { org, mode }, { sha256 }) => {
  const row = await store.upload({ org, mode }, sha256);
  if (row !== null) return row;
  throw new Problem('not_found', {
    detail: 'nothing is kept under this sha256, or not any more; upload the bytes with POST /v1/attachments',
    field: 'sha256',
  });
};

/**
 * What an email names is kept from now on for as long as it may wait for its first worker; so a repeated call finds
 * it as well. `own`: attachments of the email itself, which an edit may keep.
 * @throws Problem `invalid_request`.
 */
export async function requireAttachments(
  { store }: Pick<ServiceDeps, 'store'>,
  { org, mode }: Pick<Caller, 'org' | 'mode'>,
  attachments: EmailContent['attachments'],
  own: readonly AttachmentRef[] = [],
): Promise<void> {
  const digests = referencesOf(attachments);
  if (digests.length === 0) return;
  const kept = [...own, ...(await store.holdUploads({ org, mode }, digests))];
  const problems = referenceProblems(attachments, new Map(kept.map((one) => [one.sha256, one.size])));
  if (problems.length > 0) throw invalid(problems);
}
