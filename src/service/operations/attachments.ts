/** @module Operations: attachments that are uploaded once and named by emails. */
import { z } from 'zod';
import { attachmentDigest, LIMITS, mediaType } from '../../core/email/request.js';
import { bytesFields, givenOnce } from '../schemas/bytes.js';
import type { Operation } from './operation.js';

const uploadSchema = z.object({
  /** Lower-case hex; names the bytes in `attachments` of an email. */
  sha256: z.string(),
  /** Bytes. */
  size: z.number(),
  contentType: z.string(),
  expiresAt: z.string(),
});

/** `text/plain; charset=utf-8` → `text/plain`: what an email says of its attachment has no parameters. */
const withoutParameters = z
  .string()
  .max(500)
  .transform((text) => (text.split(';')[0] ?? '').trim().toLowerCase())
  .pipe(mediaType);

const upload = z
  .strictObject({
    ...bytesFields(LIMITS.attachmentsBytes),
    contentType: withoutParameters.default('application/octet-stream'),
  })
  .check(givenOnce);

const EXAMPLE = {
  sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  size: 5,
  contentType: 'text/plain',
  expiresAt: '2026-03-02T09:00:00.000Z',
};

export const ATTACHMENTS = {
  'attachments.upload': {
    method: 'POST',
    path: '/v1/attachments',
    headers: { contentType: 'Content-Type' },
    takes: 'bytes',
    scopes: ['messages:send', 'drafts:write'],
    input: upload,
    output: uploadSchema,
    problems: ['rate_limited'],
    success: 201,
    idempotent: true,
    description:
      'Keeps the bytes of an attachment for 30 days, so that emails can name them by the sha256 that is answered: ' +
      '`attachments: [{ "filename": "report.pdf", "contentType": "application/pdf", "sha256": "…" }]`. Over HTTP the ' +
      'body is the bytes themselves, whatever their media type; elsewhere give them as base64 in `content`. At most ' +
      '5,000,000 bytes. The same bytes again are kept for 30 days from then; what an email names is kept with it. ' +
      'Nothing is sent.',
    example: { input: { content: 'aGVsbG8=', contentType: 'text/plain' }, output: EXAMPLE },
    cli: { words: 'attachments upload', args: [], summary: 'Upload an attachment that emails can name' },
  },
  'attachments.get': {
    method: 'GET',
    path: '/v1/attachments/{sha256}',
    scopes: ['messages:send', 'drafts:write'],
    input: z.strictObject({ sha256: attachmentDigest }),
    output: uploadSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description:
      'Says whether an upload is still kept, and until when. The bytes themselves are not given back. What another ' +
      'organisation uploaded, or a test key, is unknown here.',
    example: { input: { sha256: EXAMPLE.sha256 }, output: EXAMPLE },
    cli: { words: 'attachments get', args: ['sha256'], summary: 'Show until when an upload is kept' },
  },
} as const satisfies Record<string, Operation>;
