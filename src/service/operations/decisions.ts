/** @module Operations: what a person, or the sender, may still change about an email. */
import { z } from 'zod';
import { contentSchema } from '../../core/email/request.js';
import type { ProblemCode } from '../../errors.js';
import type { Operation } from './operation.js';
import { changedSchema, summarySchema, tokenSchema } from '../schemas/message.js';
import { digest, instant, messageId, pageInput, pageOf } from '../schemas/page.js';

const changeProblems = ['not_found', 'conflict', 'outcome_unknown'] as const satisfies readonly ProblemCode[];

export const DECISIONS = {
  'messages.cancel': {
    method: 'POST',
    path: '/v1/messages/{id}/cancel',
    scopes: ['messages:send', 'approvals:decide'],
    input: z.strictObject({ id: messageId, comment: z.string().max(1000).optional() }),
    output: changedSchema,
    problems: changeProblems,
    success: 200,
    idempotent: true,
    destructive: true,
    description:
      'Stops an email that has not been handed to a provider. One that has is not called back: the answer is then `conflict`. Repeated, it changes nothing.',
    example: {
      input: { id: 'msg_2b7k4qz6xw3n5j8r1t9v0c', comment: 'The order was cancelled.' },
      output: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        status: 'canceled',
        digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
        revision: 1,
      },
    },
    cli: { words: 'cancel', args: ['id'], summary: 'Cancel an email that has not been handed to a provider' },
  },
  'messages.revise': {
    method: 'POST',
    path: '/v1/messages/{id}/revisions',
    scopes: ['messages:send', 'approvals:decide'],
    input: contentSchema.safeExtend({ id: messageId, digest }).check(({ value, issues }) => {
      const fail = (field: string, message: string) =>
        issues.push({ code: 'custom', path: [field], message, input: undefined });
      if (value.to.length + value.cc.length + value.bcc.length === 0)
        fail('to', 'needs at least one recipient in to, cc or bcc');
      if (value.text === undefined && value.html === undefined) fail('text', 'needs text, html or both');
    }),
    output: changedSchema,
    problems: [...changeProblems, 'digest_mismatch'],
    success: 200,
    idempotent: true,
    description:
      'Replaces the whole content of an email that has not been sent; name the `digest` that you read. It is judged anew, and an approval that it had is void.',
    example: {
      input: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
        to: 'ada@example.com',
        subject: 'Your order 1042',
        text: 'It is on its way, and arrives on Monday.',
      },
      output: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        status: 'held',
        digest: '5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a',
        revision: 2,
        verdict: {
          outcome: 'review',
          checks: [
            {
              rule: 'autonomy',
              status: 'failed',
              effect: 'review',
              evidence: { level: 'review_all', recipients: [0] },
            },
          ],
          policyVersion: '1',
        },
      },
    },
    cli: { words: 'revise', args: ['id'], summary: 'Replace the content of an email; voids its approval' },
  },
  'messages.reschedule': {
    method: 'POST',
    path: '/v1/messages/{id}/reschedule',
    scopes: ['messages:send', 'approvals:decide'],
    input: z.strictObject({ id: messageId, sendAt: instant }),
    output: changedSchema,
    problems: changeProblems,
    success: 200,
    idempotent: true,
    description: 'Gives an email that has not been sent another time to go.',
    example: {
      input: { id: 'msg_2b7k4qz6xw3n5j8r1t9v0c', sendAt: '2026-02-01T08:00:00.000Z' },
      output: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        status: 'scheduled',
        digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
        revision: 1,
        waitingFor: { reason: 'sendAt', until: '2026-02-01T08:00:00.000Z' },
      },
    },
    cli: { words: 'reschedule', args: ['id'], summary: 'Send an email at another time' },
  },
  'messages.decide': {
    method: 'POST',
    path: '/v1/messages/{id}/decision',
    scopes: ['approvals:decide'],
    input: z.strictObject({
      id: messageId,
      action: z.enum(['approve', 'reject']),
      digest,
      comment: z.string().max(1000).optional(),
    }),
    output: changedSchema,
    problems: [...changeProblems, 'own_decision', 'person_required', 'already_decided', 'digest_mismatch'],
    success: 200,
    idempotent: true,
    description:
      'Approves or rejects a held email. Only people decide, never on an email of their own, and only on the exact text whose `digest` they name. An approved email is judged once more when it goes.',
    example: {
      input: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        action: 'approve',
        digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
        comment: 'Checked with the customer.',
      },
      output: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        status: 'sending',
        digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
        revision: 1,
      },
    },
    cli: { words: 'approvals decide', args: ['id'], summary: 'Approve or reject a held email' },
  },
  'messages.resolve': {
    method: 'POST',
    path: '/v1/messages/{id}/resolution',
    scopes: ['approvals:decide'],
    input: z.strictObject({ id: messageId, as: z.enum(['sent', 'not_sent', 'abandoned']) }),
    output: changedSchema,
    problems: [...changeProblems, 'person_required', 'lease_active'],
    success: 200,
    idempotent: true,
    description:
      'Says what became of an email whose outcome is `unknown`, after looking at the provider. `not_sent` sends it again; nobody can say so while an attempt may still be under way.',
    example: {
      input: { id: 'msg_2b7k4qz6xw3n5j8r1t9v0c', as: 'sent' },
      output: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        status: 'sent',
        digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
        revision: 1,
      },
    },
    cli: { words: 'resolve', args: ['id'], summary: 'Say what became of an email whose outcome is unknown' },
  },
  'approvals.list': {
    method: 'GET',
    path: '/v1/approvals',
    scopes: ['approvals:decide', 'messages:read'],
    input: z.strictObject(pageInput),
    output: pageOf(summarySchema),
    problems: [],
    success: 200,
    idempotent: true,
    description: 'Emails that wait for a person, newest first. Read one before deciding on it.',
    example: {
      input: { limit: 20 },
      output: {
        items: [
          {
            id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
            mailbox: 'mbx_7q2m4n6p8r',
            mode: 'live',
            status: 'held',
            category: 'transactional',
            subject: 'Your order 1042',
            revision: 1,
            digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
            waitingFor: { reason: 'approval', until: '2026-02-01T09:00:00.000Z' },
            createdAt: '2026-01-31T09:00:00.000Z',
            updatedAt: '2026-01-31T09:00:02.000Z',
          },
        ],
        cursor: null,
      },
    },
    cli: { words: 'approvals list', args: [], summary: 'List the emails that wait for a person' },
  },
  'approvals.token': {
    method: 'POST',
    path: '/v1/messages/{id}/approval-token',
    scopes: ['approvals:decide'],
    input: z.strictObject({ id: messageId, action: z.enum(['approve', 'reject']), digest }),
    output: tokenSchema,
    problems: ['not_found', 'person_required', 'conflict', 'digest_mismatch'],
    success: 200,
    idempotent: true,
    description:
      'Makes a signed decision for the Temporal CLI or UI, bound to one digest and to the person who asked. It decides nothing by itself; `command` is ready to paste.',
    example: {
      input: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        action: 'approve',
        digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
      },
      output: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        action: 'approve',
        token: 'eyJhbGciOiJkaXIifQ..c2lnbmVk',
        expiresAt: '2026-02-01T09:00:00.000Z',
        command: 'temporal workflow signal --workflow-id msg_2b7k4qz6xw3n5j8r1t9v0c --name approve',
      },
    },
    cli: {
      words: 'approvals token',
      args: ['id'],
      summary: 'Make the signal by which the Temporal CLI decides',
    },
  },
} as const satisfies Record<string, Operation>;
