/** @module Operations: the addresses that must not be written to. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { line, pageInput, pageOf } from '../schemas/page.js';
import { suppressedName, suppressionAddSchema, suppressionSchema } from '../schemas/suppression.js';

export const SUPPRESSIONS = {
  'suppressions.list': {
    method: 'GET',
    path: '/v1/suppressions',
    scopes: ['messages:read', 'suppressions:write'],
    input: z.strictObject({ ...pageInput, address: suppressedName.optional() }),
    output: pageOf(suppressionSchema),
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'Addresses and domains that must not be written to, newest first, with the reason and where it came from.',
    example: {
      input: { address: 'ada@example.com' },
      output: {
        items: [
          {
            id: 'sup_4c6e8g',
            address: 'ada@example.com',
            scope: 'org',
            mailbox: null,
            mode: 'live',
            reason: 'hard_bounce',
            source: 'report',
            message: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
            createdAt: '2026-01-31T09:00:00.000Z',
            expiresAt: null,
          },
        ],
        cursor: null,
      },
    },
    cli: { words: 'suppressions list', args: [], summary: 'List the addresses that must not be written to' },
  },
  'suppressions.add': {
    method: 'POST',
    path: '/v1/suppressions',
    scopes: ['suppressions:write'],
    input: suppressionAddSchema,
    output: suppressionSchema,
    problems: ['mailbox_unknown'],
    success: 201,
    idempotent: true,
    description:
      'Stops all email to an address, or with scope `domain` to a domain: for the org, or for one mailbox. It holds for email that is queued already. With the reason `unsubscribe` transactional email still goes. Repeated, it changes nothing.',
    example: {
      input: { address: 'ada@example.com', reason: 'asked by phone' },
      output: {
        id: 'sup_4c6e8g',
        address: 'ada@example.com',
        scope: 'org',
        mailbox: null,
        mode: 'live',
        reason: 'asked by phone',
        source: 'api',
        message: null,
        createdAt: '2026-01-31T09:00:00.000Z',
        expiresAt: null,
      },
    },
    cli: {
      words: 'suppressions add',
      args: ['address'],
      summary: 'Stop all email to an address or a domain',
    },
  },
  'suppressions.remove': {
    method: 'DELETE',
    path: '/v1/suppressions/{id}',
    scopes: ['suppressions:write'],
    input: z.strictObject({ id: line(100) }),
    output: z.object({ id: z.string(), removed: z.literal(true) }),
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    destructive: true,
    description:
      'Permits email to the address again. Do so only where its owner asked for it, or where the bounce was a mistake.',
    example: { input: { id: 'sup_4c6e8g' }, output: { id: 'sup_4c6e8g', removed: true } },
    cli: {
      words: 'suppressions remove',
      args: ['id'],
      summary: 'Permit email to a suppressed address again',
    },
  },
} as const satisfies Record<string, Operation>;
