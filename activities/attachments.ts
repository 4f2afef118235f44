/** @module Attachments of a request as the store keeps them: bytes, and a reference by digest. */
import { createHash } from 'node:crypto';
import type { EmailContent } from '../src/core/email/request.js';
import type { Admission } from '../src/store/store.js';

/** Decodes and digests each attachment. */
export function attachmentsOf(content: Pick<EmailContent, 'attachments'>): Admission['attachments'] {
  return content.attachments.map(({ content: base64, ...named }) => {
    const bytes = Buffer.from(base64, 'base64');
    return { ...named, bytes, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
}
