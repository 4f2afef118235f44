/** @module Operations: sending an email, and reading what became of it. */
import { z } from 'zod';
import { requestSchema } from '../../core/email/request.js';
import { MESSAGE_STATUSES } from '../../core/email/state.js';
import type { Operation } from './operation.js';
import { messageSchema, sentSchema, summarySchema, traceSchema } from '../schemas/message.js';
import { line, mailboxName, messageId, pageInput, pageOf } from '../schemas/page.js';

const byId = z.strictObject({ id: messageId });

export const MESSAGES = {
  'messages.send': {
    method: 'POST',
    path: '/v1/mailboxes/{mailbox}/messages',
    shortPath: '/v1/messages',
    headers: { idempotencyKey: 'Idempotency-Key' },
    scopes: ['messages:send'],
    input: requestSchema.safeExtend({
      mailbox: mailboxName.optional(),
      idempotencyKey: line(255).optional(),
    }),
    output: sentSchema,
    problems: ['mailbox_unknown', 'policy_denied', 'rate_limited', 'idempotency_conflict', 'outcome_unknown'],
    success: 202,
    idempotent: true,
    cli: { words: 'send', args: [], summary: 'Send an email' },
  },
  'messages.list': {
    method: 'GET',
    path: '/v1/messages',
    scopes: ['messages:read'],
    input: z.strictObject({
      ...pageInput,
      status: z.enum(MESSAGE_STATUSES).optional(),
      mailbox: mailboxName.optional(),
    }),
    output: pageOf(summarySchema),
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    cli: { words: 'list', args: [], summary: 'List emails, newest first' },
  },
  'messages.get': {
    method: 'GET',
    path: '/v1/messages/{id}',
    scopes: ['messages:read'],
    input: byId,
    output: messageSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    cli: { words: 'get', args: ['id'], summary: 'Show one email' },
  },
  'messages.trace': {
    method: 'GET',
    path: '/v1/messages/{id}/trace',
    scopes: ['messages:read'],
    input: byId,
    output: traceSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    cli: { words: 'trace', args: ['id'], summary: 'Show everything that happened to one email, in order' },
  },
} as const satisfies Record<string, Operation>;
