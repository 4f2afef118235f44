/** @module Operations: who acts in an org. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { line, pageInput, pageOf } from '../schemas/page.js';
import { principalCreateSchema, principalSchema, principalUpdateSchema } from '../schemas/principal.js';

const EXAMPLE = {
  id: 'prn_5d2c8a1b7e3f4096',
  kind: 'person' as const,
  name: 'Grace',
  version: 1,
  createdAt: '2026-01-31T09:00:00.000Z',
};

export const PRINCIPALS = {
  'principals.create': {
    method: 'POST',
    path: '/v1/principals',
    headers: { idempotencyKey: 'Idempotency-Key' },
    scopes: ['org:admin'],
    input: principalCreateSchema,
    output: principalSchema,
    problems: [],
    success: 201,
    idempotent: false,
    keepsAnswer: true,
    description:
      'Makes somebody who can be given keys: an agent, a person or a service. It may do nothing until a key is made for it. An agent makes agents only.',
    example: { input: { name: 'Grace', kind: 'person' }, output: EXAMPLE },
    cli: { words: 'principals create', args: ['name'], summary: 'Make a principal, to give keys to' },
  },
  'principals.list': {
    method: 'GET',
    path: '/v1/principals',
    scopes: [],
    input: z.strictObject(pageInput),
    output: pageOf(principalSchema),
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'Lists who acts in the organisation, newest first: everybody for an admin, else only yourself.',
    example: { input: { limit: 20 }, output: { items: [EXAMPLE], cursor: null } },
    cli: { words: 'principals list', args: [], summary: 'List the principals' },
  },
  'principals.get': {
    method: 'GET',
    path: '/v1/principals/{id}',
    scopes: [],
    input: z.strictObject({ id: line(100) }),
    output: principalSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description: 'Shows one principal; without org:admin, only your own.',
    example: { input: { id: EXAMPLE.id }, output: EXAMPLE },
    cli: { words: 'principals get', args: ['id'], summary: 'Show one principal' },
  },
  'principals.update': {
    method: 'PATCH',
    path: '/v1/principals/{id}',
    headers: { ifMatch: 'If-Match' },
    scopes: ['org:admin'],
    input: principalUpdateSchema,
    output: principalSchema,
    problems: ['not_found', 'precondition_failed'],
    success: 200,
    idempotent: true,
    description: 'Renames a principal. Its keys, and what it did, stay as they are.',
    example: {
      input: { id: EXAMPLE.id, name: 'Grace Hopper', ifMatch: '"1"' },
      output: { ...EXAMPLE, name: 'Grace Hopper', version: 2 },
    },
    cli: { words: 'principals update', args: ['id'], summary: 'Rename a principal' },
  },
} as const satisfies Record<string, Operation>;
