/** @module Attachments of a request as the store keeps them: bytes, and a reference by digest. */
import { createHash } from 'node:crypto';
import { referenceProblems, referencesOf } from '../src/core/email/attachment.js';
import type { EmailContent } from '../src/core/email/request.js';
import type { Admission, Store, UploadOwner } from '../src/store/store.js';
import type { Unusable } from './request.js';

/** Decodes and digests each attachment, or finds what it names among the uploads of this org. */
export async function attachmentsOf(
  store: Pick<Store, 'uploadedBytes'>,
  { org, mode, id }: UploadOwner & { id: string },
  { attachments }: Pick<EmailContent, 'attachments'>,
): Promise<Admission['attachments'] | Unusable> {
  const digests = referencesOf(attachments);
  const uploaded =
    digests.length === 0
      ? new Map<string, Uint8Array>()
      : await store.uploadedBytes({ org, mode, id }, digests);
  const sizes = new Map([...uploaded].map(([sha256, bytes]) => [sha256, bytes.length]));
  const fields = referenceProblems(attachments, sizes);
  if (fields.length > 0) return { code: 'invalid_request', fields };
  return attachments.map(({ content = '', sha256: named, ...rest }) => {
    const bytes = (named !== undefined && uploaded.get(named)) || Buffer.from(content, 'base64');
    const sha256 = named ?? createHash('sha256').update(bytes).digest('hex');
    return { ...rest, bytes, size: bytes.length, sha256 };
  });
}
