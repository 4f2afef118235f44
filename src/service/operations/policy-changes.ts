/** @module Operations: what somebody without the scope for it asks to loosen. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { pageOf } from '../schemas/page.js';
import {
  policyChangeDecideSchema,
  policyChangeId,
  policyChangeSchema,
  policyChangesSchema,
  policyChangeShownSchema,
} from '../schemas/policy.js';

const CHANGE = {
  id: 'pch_4c6e8g',
  mailbox: 'mbx_7q2m4n6p8r',
  status: 'pending' as const,
  loosens: ['limits.hourly'],
  document: { limits: { hourly: 200 } },
  why: 'the newsletter of January',
  by: 'prn_5d2c8a1b7e3f4096',
  basedOn: '3f1d9a0c7be24586a1f0c2d4e6b81357',
  url: 'https://mail.example.com/review/policy/pch_4c6e8g',
  decidedBy: null,
  comment: null,
  decidedAt: null,
  createdAt: '2026-01-31T09:00:00.000Z',
};
const APPROVED = {
  ...{ ...CHANGE, status: 'approved' as const, decidedBy: 'prn_8e1f4b7c2d6a9053' },
  decidedAt: '2026-01-31T09:20:00.000Z',
};

export const POLICY_CHANGES = {
  'policyChanges.list': {
    method: 'GET',
    path: '/v1/policy/changes',
    scopes: ['messages:read', 'messages:send', 'policy:admin'],
    input: policyChangesSchema,
    output: pageOf(policyChangeSchema),
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'What was asked to be loosened in policies of mailboxes, newest first, and what became of it.',
    example: { input: { status: 'pending' }, output: { items: [CHANGE], cursor: null } },
    cli: { words: 'policy changes', args: [], summary: 'List the loosenings that somebody asked for' },
  },
  'policyChanges.get': {
    method: 'GET',
    path: '/v1/policy/changes/{id}',
    scopes: ['messages:read', 'messages:send', 'policy:admin'],
    input: z.strictObject({ id: policyChangeId }),
    output: policyChangeShownSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description: 'One of them, with every setting that it would change.',
    example: {
      input: { id: CHANGE.id },
      output: {
        ...CHANGE,
        changes: [{ field: 'limits.hourly', before: 100, after: 200, loosens: true }],
      },
    },
    cli: { words: 'policy change', args: ['id'], summary: 'Show what a change of a policy would loosen' },
  },
  'policyChanges.decide': {
    method: 'POST',
    path: '/v1/policy/changes/{id}/decision',
    scopes: ['policy:admin'],
    input: policyChangeDecideSchema,
    output: policyChangeSchema,
    problems: ['not_found', 'person_required', 'own_decision', 'already_decided', 'conflict'],
    success: 200,
    idempotent: true,
    description:
      'Approves or rejects it: for a person other than who asked. Approved, it holds at once, unless the policy has ' +
      'changed since it was asked for: then it is stale, and has to be asked for again.',
    example: { input: { id: CHANGE.id, action: 'approve' }, output: APPROVED },
    cli: {
      words: 'policy decide',
      args: ['id'],
      summary: 'Approve or reject a loosening',
    },
  },
} as const satisfies Record<string, Operation>;
