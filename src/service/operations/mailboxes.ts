/** @module Operations: the sending identities of an org. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { mailboxCreateSchema, mailboxSchema, mailboxUpdateSchema } from '../schemas/mailbox.js';
import { mailboxName } from '../schemas/page.js';

export const MAILBOXES = {
  'mailboxes.create': {
    method: 'POST',
    path: '/v1/mailboxes',
    scopes: ['org:admin'],
    input: mailboxCreateSchema,
    output: mailboxSchema,
    problems: ['conflict'],
    success: 201,
    idempotent: false,
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
    input: z.strictObject({}),
    output: z.object({ items: z.array(mailboxSchema) }),
    problems: [],
    success: 200,
    idempotent: true,
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
    cli: { words: 'mailboxes get', args: ['mailbox'], summary: 'Show one mailbox' },
  },
  'mailboxes.update': {
    method: 'PATCH',
    path: '/v1/mailboxes/{mailbox}',
    scopes: ['policy:admin', 'org:admin'],
    input: mailboxUpdateSchema.extend({ mailbox: mailboxName }),
    output: mailboxSchema,
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    cli: {
      words: 'mailboxes update',
      args: ['mailbox'],
      summary: 'Change a mailbox: autonomy, policy, route, pause',
    },
  },
} as const satisfies Record<string, Operation>;
