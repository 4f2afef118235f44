/** @module Operations: the sending identities of an org. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { mailboxCreateSchema, mailboxSchema, mailboxUpdateSchema } from '../schemas/mailbox.js';
import { mailboxName, pageInput, pageOf } from '../schemas/page.js';
import { policySchema } from '../../core/policy/schema.js';

const MAILBOX = {
  id: 'mbx_7q2m4n6p8r',
  address: 'support@example.com',
  displayName: 'Support',
  status: 'active',
  autonomy: 'first_contact',
  policy: policySchema.parse({}),
  route: null,
  directStart: false,
  version: 3,
  createdAt: '2026-01-31T09:00:00.000Z',
  updatedAt: '2026-01-31T09:00:02.000Z',
} as const;

export const MAILBOXES = {
  'mailboxes.create': {
    method: 'POST',
    path: '/v1/mailboxes',
    headers: { idempotencyKey: 'Idempotency-Key' },
    scopes: ['org:admin'],
    input: mailboxCreateSchema,
    output: mailboxSchema,
    problems: ['conflict', 'human_decision_required'],
    success: 201,
    idempotent: false,
    keepsAnswer: true,
    description:
      'Makes a sending identity. Without `autonomy` it is `review_all`: each of its emails waits for a person.',
    example: {
      input: { address: 'support@example.com', displayName: 'Support', autonomy: 'first_contact' },
      output: MAILBOX,
    },
    cli: {
      words: 'mailboxes create',
      args: ['address'],
      summary: 'Make a mailbox; it holds all its email until told otherwise',
    },
  },
  'mailboxes.list': {
    method: 'GET',
    path: '/v1/mailboxes',
    scopes: ['messages:read', 'messages:send', 'policy:admin', 'org:admin'],
    input: z.strictObject(pageInput),
    output: pageOf(mailboxSchema),
    problems: [],
    success: 200,
    idempotent: true,
    description: 'The mailboxes that the key may see.',
    example: { input: {}, output: { items: [MAILBOX], cursor: null } },
    cli: { words: 'mailboxes list', args: [], summary: 'List the mailboxes' },
  },
  'mailboxes.get': {
    method: 'GET',
    path: '/v1/mailboxes/{mailbox}',
    scopes: ['messages:read', 'messages:send', 'policy:admin', 'org:admin'],
    input: z.strictObject({ mailbox: mailboxName }),
    output: mailboxSchema,
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description: 'One mailbox, by id or address: its autonomy, policy and route.',
    example: { input: { mailbox: 'support@example.com' }, output: MAILBOX },
    cli: { words: 'mailboxes get', args: ['mailbox'], summary: 'Show one mailbox' },
  },
  'mailboxes.update': {
    method: 'PATCH',
    path: '/v1/mailboxes/{mailbox}',
    headers: { ifMatch: 'If-Match' },
    scopes: ['policy:admin', 'org:admin'],
    input: mailboxUpdateSchema.extend({ mailbox: mailboxName }),
    output: mailboxSchema,
    problems: ['mailbox_unknown', 'precondition_failed', 'human_decision_required', 'conflict'],
    success: 200,
    idempotent: true,
    description:
      'Changes what is mentioned and keeps the rest. `paused` stops everything that has not left yet; `active` lets it go on.',
    example: {
      input: { mailbox: 'support@example.com', status: 'paused', ifMatch: '"3"' },
      output: { ...MAILBOX, status: 'paused', version: 4 },
    },
    cli: {
      words: 'mailboxes update',
      args: ['mailbox'],
      summary: 'Change a mailbox: autonomy, policy, route, pause',
    },
  },
} as const satisfies Record<string, Operation>;
