/** @module Operations: emails that are still being written, and their submission. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import {
  draftCreateSchema,
  draftId,
  draftSchema,
  draftStatus,
  draftSubmitSchema,
  draftSummarySchema,
  draftUpdateSchema,
} from '../schemas/draft.js';
import { sentSchema } from '../schemas/message.js';
import { mailboxName, pageInput, pageOf } from '../schemas/page.js';

const ID = 'drf_0b9e4f6a2c8d4e7f9a1b3c5d7e9f0a2b';
const SUMMARY = {
  ...{ id: ID, mailbox: 'mbx_5c1d7e9f0a2b4c6d8e0f1a3b5c7d9e1f', mode: 'live', status: 'open', version: 1 },
  ...{ to: [{ address: 'ann@example.com' }], subject: 'Your invoice' },
  createdBy: 'prn_1a3b5c7d9e1f4a6b8c0d2e4f6a8b0c2d',
  ...{ createdAt: '2026-01-31T09:00:00.000Z', updatedAt: '2026-01-31T09:00:00.000Z' },
} as const;
const DRAFT = { ...SUMMARY, text: 'It is attached.' } as const;

const read = ['messages:read', 'drafts:write', 'messages:send'] as const;
const write = ['drafts:write', 'messages:send'] as const;

export const DRAFTS = {
  'drafts.create': {
    method: 'POST',
    path: '/v1/drafts',
    headers: { idempotencyKey: 'Idempotency-Key' },
    scopes: write,
    input: draftCreateSchema,
    output: draftSchema,
    problems: ['mailbox_unknown', 'conflict', 'body_too_large'],
    success: 201,
    idempotent: false,
    keepsAnswer: true,
    description:
      'Begins an email without sending it. Every field is optional, and each that is given must be valid by itself; recipients, and text or html, are required only when the draft is submitted. It never sends anything: submit the draft to send it.',
    example: {
      input: { to: 'ann@example.com', subject: 'Your invoice', text: 'It is attached.' },
      output: DRAFT,
    },
    cli: { words: 'drafts create', args: [], summary: 'Begin an email without sending it' },
  },
  'drafts.list': {
    method: 'GET',
    path: '/v1/drafts',
    scopes: read,
    input: z.strictObject({
      ...pageInput,
      mailbox: mailboxName.optional(),
      status: draftStatus.optional(),
    }),
    output: pageOf(draftSummarySchema),
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'Lists drafts, newest first, without their texts and attachments: get one draft for those. Status `submitting` is a draft whose submission was begun and has no known end; submit it again to find out, it is the same email.',
    example: { input: { status: 'open' }, output: { items: [SUMMARY], cursor: null } },
    cli: { words: 'drafts list', args: [], summary: 'List drafts, newest first' },
  },
  'drafts.get': {
    method: 'GET',
    path: '/v1/drafts/{id}',
    scopes: read,
    input: z.strictObject({ id: draftId }),
    output: draftSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description:
      'Shows one draft with all that was written so far. Its version is what an update or a submission names in If-Match, so that nothing is done to a draft that changed meanwhile.',
    example: { input: { id: ID }, output: DRAFT },
    cli: { words: 'drafts get', args: ['id'], summary: 'Show one draft' },
  },
  'drafts.update': {
    method: 'PATCH',
    path: '/v1/drafts/{id}',
    headers: { ifMatch: 'If-Match' },
    scopes: write,
    input: draftUpdateSchema,
    output: draftSchema,
    problems: ['not_found', 'conflict', 'precondition_failed', 'body_too_large'],
    success: 200,
    idempotent: true,
    description:
      'Changes an open draft: a field that is given replaces what was there, null takes it away, what is not mentioned stays. A draft that was submitted is never changed; revise or cancel its email instead.',
    example: {
      input: { id: ID, ifMatch: '"1"', subject: 'Your invoice for January' },
      output: { ...DRAFT, version: 2, subject: 'Your invoice for January' },
    },
    cli: { words: 'drafts update', args: ['id'], summary: 'Change a draft that was not submitted' },
  },
  'drafts.delete': {
    method: 'DELETE',
    path: '/v1/drafts/{id}',
    scopes: write,
    input: z.strictObject({ id: draftId }),
    output: z.object({ id: z.string(), deleted: z.literal(true) }),
    problems: ['not_found', 'conflict'],
    success: 200,
    idempotent: true,
    destructive: true,
    description:
      'Deletes an open draft and its content, for good. It never takes back an email: cancel the email of a draft that was submitted.',
    example: { input: { id: ID }, output: { id: ID, deleted: true } },
    cli: { words: 'drafts delete', args: ['id'], summary: 'Delete a draft that was not submitted' },
  },
  'drafts.submit': {
    method: 'POST',
    path: '/v1/drafts/{id}/submit',
    headers: { ifMatch: 'If-Match' },
    scopes: ['messages:send'],
    input: draftSubmitSchema,
    output: sentSchema,
    problems: [
      ...(['not_found', 'conflict', 'precondition_failed'] as const),
      ...(['policy_denied', 'rate_limited', 'idempotency_conflict', 'outcome_unknown'] as const),
    ],
    success: 202,
    idempotent: true,
    description:
      'Sends a draft: it answers what sending an email answers, and the same policy applies. Submitted again, even after a lost answer, it is the same email and the same answer, never a second one. Where policy or a limit refuses the email the draft is open again: mend what the answer names, then submit it again.',
    example: {
      input: { id: ID, ifMatch: '"2"' },
      output: { id: 'msg_4q7x', status: 'queued', revision: 1, digest: 'a'.repeat(64) },
    },
    cli: { words: 'drafts submit', args: ['id'], summary: 'Send a draft' },
  },
} as const satisfies Record<string, Operation>;
