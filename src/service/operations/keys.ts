/** @module Operations: the credentials of an org. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { keyCreateSchema, keySchema, madeKeySchema } from '../schemas/key.js';
import { line } from '../schemas/page.js';

export const KEYS = {
  'keys.create': {
    method: 'POST',
    path: '/v1/keys',
    scopes: [],
    input: keyCreateSchema,
    output: madeKeySchema,
    problems: ['conflict', 'mailbox_unknown', 'not_found'],
    success: 201,
    idempotent: false,
    cli: {
      words: 'keys create',
      args: ['name'],
      summary: 'Make an API key, never one that may do more than yours',
    },
  },
  'keys.list': {
    method: 'GET',
    path: '/v1/keys',
    scopes: [],
    input: z.strictObject({}),
    output: z.object({ items: z.array(keySchema) }),
    problems: [],
    success: 200,
    idempotent: true,
    cli: {
      words: 'keys list',
      args: [],
      summary: 'List keys: all of them for an admin, else those made with yours',
    },
  },
  'keys.revoke': {
    method: 'DELETE',
    path: '/v1/keys/{id}',
    scopes: [],
    input: z.strictObject({ id: line(100) }),
    output: keySchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    cli: { words: 'keys revoke', args: ['id'], summary: 'Revoke a key' },
  },
} as const satisfies Record<string, Operation>;
