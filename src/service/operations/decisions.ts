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
    cli: {
      words: 'unknown resolve',
      args: ['id'],
      summary: 'Say what became of an email whose outcome is unknown',
    },
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
    cli: {
      words: 'approvals token',
      args: ['id'],
      summary: 'Make the signal by which the Temporal CLI decides',
    },
  },
  'unknown.list': {
    method: 'GET',
    path: '/v1/unknown',
    scopes: ['messages:read', 'approvals:decide'],
    input: z.strictObject(pageInput),
    output: pageOf(summarySchema),
    problems: [],
    success: 200,
    idempotent: true,
    cli: {
      words: 'unknown list',
      args: [],
      summary: 'List the emails of which nobody knows whether they were sent',
    },
  },
} as const satisfies Record<string, Operation>;
