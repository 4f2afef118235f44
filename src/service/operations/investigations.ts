/** @module Operations: what a person has to look into, because a recipient complained or a server refused us. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import {
  assignee,
  finding,
  investigationId,
  investigationSchema,
  investigationsInput,
} from '../schemas/investigation.js';
import { traceSchema } from '../schemas/message.js';
import { ifMatch, pageOf } from '../schemas/page.js';

const ID = 'inv_3b5d7f9a1c2e4b6d8f0a2c4e6b8d0f1a';
const PERSON = 'prn_1a3b5c7d9e1f4a6b8c0d2e4f6a8b0c2d';
const INVESTIGATION = {
  ...{ id: ID, kind: 'complaint', status: 'open', mode: 'live', mailbox: 'mbx_7q2m4n6p8r' },
  ...{ provider: 'postmark', message: 'msg_2b7k4qz6xw3n5j8r1t9v0c' },
  ...{ recipient: 'ada@example.com', recipientIndex: 0, smtpStatus: null },
  ...{ reports: 1, lastReportAt: '2026-01-31T09:00:00.000Z' },
  ...{ assignee: null, finding: null, resolvedBy: null, resolvedAt: null, version: 1 },
  ...{ createdAt: '2026-01-31T09:00:00.000Z', updatedAt: '2026-01-31T09:00:00.000Z' },
};
const ASSIGNED = {
  ...INVESTIGATION,
  ...{ status: 'assigned', assignee: PERSON, version: 2, updatedAt: '2026-01-31T10:00:00.000Z' },
};
const FINDING = 'The list had people on it who never asked. They were removed.';

export const INVESTIGATIONS = {
  'investigations.list': {
    method: 'GET',
    path: '/v1/investigations',
    scopes: ['messages:read', 'approvals:decide'],
    input: investigationsInput,
    output: pageOf(investigationSchema),
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'What a person has to look into, newest first: complaints, one for each email and recipient, and blocks, where a server refuses the content or the sender; of those one is open at a time for each mailbox and provider, and counts.',
    example: {
      input: { status: ['open', 'assigned'], limit: 20 },
      output: { items: [INVESTIGATION], cursor: null },
    },
    cli: { words: 'investigations list', args: [], summary: 'List what a person has to look into' },
  },
  'investigations.get': {
    method: 'GET',
    path: '/v1/investigations/{id}',
    scopes: ['messages:read', 'approvals:decide'],
    input: z.strictObject({ id: investigationId }),
    output: investigationSchema.extend({ trace: traceSchema.shape.entries }),
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description:
      'One investigation, with the trace of the email that it began with: what was judged, who approved it, each attempt and each report.',
    example: {
      input: { id: ID },
      output: {
        ...INVESTIGATION,
        trace: [
          {
            ...{ seq: 7, at: '2026-01-31T09:00:00.000Z', type: 'message.complained', by: 'postmark' },
            data: { recipients: [0], report: 'c4a7d1' },
          },
        ],
      },
    },
    cli: { words: 'investigations get', args: ['id'], summary: 'Show one investigation and its trace' },
  },
  'investigations.assign': {
    method: 'POST',
    path: '/v1/investigations/{id}/assign',
    headers: { ifMatch: 'If-Match' },
    scopes: ['approvals:decide'],
    input: z.strictObject({
      id: investigationId,
      /** Id of a principal of the org; default: whoever asks. */
      to: assignee.optional(),
      ifMatch,
    }),
    output: investigationSchema,
    problems: ['not_found', 'conflict', 'precondition_failed'],
    success: 200,
    idempotent: true,
    description:
      'Says who looks into it: you, or another principal of the org. Repeated, it changes nothing.',
    example: { input: { id: ID, to: PERSON, ifMatch: '"1"' }, output: ASSIGNED },
    cli: { words: 'investigations assign', args: ['id'], summary: 'Say who looks into an investigation' },
  },
  'investigations.resolve': {
    method: 'POST',
    path: '/v1/investigations/{id}/resolve',
    headers: { ifMatch: 'If-Match' },
    scopes: ['approvals:decide'],
    input: z.strictObject({ id: investigationId, finding, ifMatch }),
    output: investigationSchema,
    problems: ['not_found', 'conflict', 'precondition_failed', 'person_required'],
    success: 200,
    idempotent: true,
    description:
      'Closes an investigation with what was found. Only people do so, and once. It permits no address again: that is for `suppressions remove`.',
    example: {
      input: { id: ID, finding: FINDING, ifMatch: '"2"' },
      output: {
        ...{ ...ASSIGNED, status: 'resolved', finding: FINDING, resolvedBy: PERSON, version: 3 },
        ...{ resolvedAt: '2026-01-31T11:00:00.000Z', updatedAt: '2026-01-31T11:00:00.000Z' },
      },
    },
    cli: {
      words: 'investigations resolve',
      args: ['id'],
      summary: 'Close an investigation with what was found',
    },
  },
} as const satisfies Record<string, Operation>;
