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
    cli: {
      words: 'suppressions remove',
      args: ['id'],
      summary: 'Permit email to a suppressed address again',
    },
  },
} as const satisfies Record<string, Operation>;
