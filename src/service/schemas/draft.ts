/** @module A draft as the API takes and shows it. Pure. */
import { z } from 'zod';
import { DRAFT_STATUSES, draftChangeFields, draftFields, type DraftContent } from '../../core/email/draft.js';
import { CATEGORIES } from '../../core/email/request.js';
import { ifMatch, instant, line, mailboxName } from './page.js';

export const draftId = line(100);

export const draftCreateSchema = z.strictObject({
  ...draftFields,
  /** Id or address; without it, the only mailbox that the key has. */
  mailbox: mailboxName.optional(),
  idempotencyKey: line(255).optional(),
});
export const draftUpdateSchema = z.strictObject({ ...draftChangeFields, id: draftId, ifMatch });
export const draftSubmitSchema = z.strictObject({ id: draftId, ifMatch, sendAt: instant.optional() });

export const draftStatus = z.enum(DRAFT_STATUSES);

const address = z.object({ address: z.string(), name: z.string().optional() });
const addressees = {
  to: z.array(address).optional(),
  cc: z.array(address).optional(),
  bcc: z.array(address).optional(),
  subject: z.string().optional(),
};

/** A draft in a list: without what can be long. */
export const draftSummarySchema = z.object({
  id: z.string(),
  mailbox: z.string(),
  mode: z.enum(['live', 'test']),
  status: draftStatus,
  version: z.number(),
  ...addressees,
  createdBy: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** The email that it became. */
  messageId: z.string().optional(),
});
export type ShownDraftSummary = z.output<typeof draftSummarySchema>;

/** What was written so far, in the form that a request gives it; what was not written is not there. */
const contentShape = {
  ...addressees,
  replyTo: address.optional(),
  text: z.string().optional(),
  html: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  attachments: z
    .array(
      z.object({
        filename: z.string(),
        contentType: z.string(),
        content: z.string().optional(),
        sha256: z.string().optional(),
        contentId: z.string().optional(),
      }),
    )
    .optional(),
  calendar: z.object({ method: z.string(), ics: z.string() }).optional(),
  inReplyTo: z.string().optional(),
  category: z.enum(CATEGORIES).optional(),
  sendAt: z.string().optional(),
  expiresAt: z.string().optional(),
  reason: z.string().optional(),
  untrusted: z.object({ thread: z.array(address) }).optional(),
  context: z.record(z.string(), z.unknown()).optional(),
  tags: z.array(z.string()).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
} satisfies Record<keyof DraftContent, z.ZodType>;

export const draftSchema = draftSummarySchema.extend(contentShape);
export type ShownDraft = z.output<typeof draftSchema>;
