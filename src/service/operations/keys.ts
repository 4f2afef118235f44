/** @module Operations: the credentials of an org. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import {
  keyCreateSchema,
  keyListSchema,
  keyRevokeSchema,
  keyRotateSchema,
  keySchema,
  madeKeySchema,
  rotatedKeySchema,
  whoamiSchema,
} from '../schemas/key.js';
import { switchReason } from '../schemas/org.js';
import { line, pageOf } from '../schemas/page.js';

const EXAMPLE = {
  id: 'key_0b9e6c1d4f7a48e2',
  principal: 'prn_5d2c8a1b7e3f4096',
  kind: 'agent' as const,
  name: 'support agent',
  mode: 'live' as const,
  scopes: ['messages:send', 'messages:read'] as const,
  mailboxes: ['mbx_7f3a9c2e1b5d4806'],
  categories: ['transactional'],
  status: 'active',
  madeBy: 'key_3c8d1e5f9a2b4760',
  rotatedFrom: null,
  createdAt: '2026-01-31T09:00:00.000Z',
  expiresAt: '2026-07-31T09:00:00.000Z',
  lastUsedAt: '2026-02-01T10:15:00.000Z',
  revokedAt: null,
};
/** Well formed, and nobody's. */
const API_KEY = 'mw_live_0123456789abcdefghijABCDEFGHIJ01AREVm6';

export const KEYS = {
  'keys.create': {
    method: 'POST',
    path: '/v1/keys',
    headers: { idempotencyKey: 'Idempotency-Key' },
    scopes: [],
    input: keyCreateSchema,
    output: madeKeySchema,
    problems: ['mailbox_unknown', 'not_found'],
    success: 201,
    idempotent: false,
    keepsAnswer: true,
    description:
      'Makes an API key, for a new principal, an existing one, or your own. It never has a scope, a mailbox, a category, a mode or a time that yours lacks; only an admin gives other scopes and other principals. The key stands in `apiKey`, this once.',
    example: {
      input: {
        ...{ name: 'support agent', kind: 'agent', scopes: ['messages:send', 'messages:read'] },
        ...{ mailboxes: ['support@example.com'], expiresAt: '2026-07-31T09:00:00.000Z' },
        categories: ['transactional'],
      },
      output: { ...EXAMPLE, lastUsedAt: null, apiKey: API_KEY },
    },
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
    input: keyListSchema,
    output: pageOf(keySchema),
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'Lists API keys, newest first: all of the organisation for an admin, else your own and those made with it. Never the keys themselves. `includeRevoked=false` leaves out what was revoked or has expired.',
    example: { input: { limit: 20 }, output: { items: [EXAMPLE], cursor: null } },
    cli: {
      words: 'keys list',
      args: [],
      summary: 'List keys: all of them for an admin, else those made with yours',
    },
  },
  'keys.get': {
    method: 'GET',
    path: '/v1/keys/{id}',
    scopes: [],
    input: z.strictObject({ id: line(100) }),
    output: keySchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description: 'Shows one API key: what it may do, until when, and when it was last used.',
    example: { input: { id: EXAMPLE.id }, output: EXAMPLE },
    cli: { words: 'keys get', args: ['id'], summary: 'Show one key' },
  },
  'keys.rotate': {
    method: 'POST',
    path: '/v1/keys/{id}/rotate',
    headers: { idempotencyKey: 'Idempotency-Key' },
    scopes: [],
    input: keyRotateSchema,
    output: rotatedKeySchema,
    problems: ['not_found', 'conflict'],
    success: 201,
    idempotent: false,
    keepsAnswer: true,
    description:
      'Replaces an API key by one that may do the same, for as long. The old one goes on for `overlap` seconds (default a day), so that nothing stands still while you hand out the new one, and then ends by itself. Keys that were made with the old one stay, and count as made with the new one.',
    example: {
      input: { id: EXAMPLE.id, overlap: 3600 },
      output: {
        ...EXAMPLE,
        ...{ id: 'key_9a4f7d2c6b1e4835', rotatedFrom: EXAMPLE.id, lastUsedAt: null, apiKey: API_KEY },
        previous: { id: EXAMPLE.id, expiresAt: '2026-01-31T10:00:00.000Z' },
      },
    },
    cli: { words: 'keys rotate', args: ['id'], summary: 'Replace a key; the old one goes on for a while' },
  },
  'keys.revoke': {
    method: 'DELETE',
    path: '/v1/keys/{id}',
    scopes: [],
    input: keyRevokeSchema,
    output: keySchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    destructive: true,
    description:
      'Ends an API key at once: nothing more can be asked for with it. Email that it sent before still goes: to stop ' +
      'that, too, pause the key, before or after. With it end the keys that its principal made with it, and those that ' +
      'it replaced or that replaced it. To end only the old key of a rotation before its time, pass ' +
      '`keepSuccessor=true`.',
    example: {
      input: { id: EXAMPLE.id },
      output: { ...EXAMPLE, revokedAt: '2026-02-02T08:00:00.000Z' },
    },
    cli: { words: 'keys revoke', args: ['id'], summary: 'Revoke a key, and what was made with it' },
  },
  'keys.pause': {
    method: 'POST',
    path: '/v1/keys/{id}/pause',
    scopes: [],
    input: z.strictObject({ id: line(100), ...switchReason }),
    output: keySchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description:
      'Stops what is sent with an API key, and with all that its principal made with it, or makes while it is paused. ' +
      'New email is denied (`key_paused`); what was accepted before waits, and goes after `keys.resume`, or has ' +
      'expired by then. It still reads. Of a revoked key, too: its email may still wait.',
    example: {
      input: { id: EXAMPLE.id, reason: 'it writes to the wrong people' },
      output: { ...EXAMPLE, status: 'paused' },
    },
    cli: { words: 'keys pause', args: ['id'], summary: 'Stop what is sent with a key' },
  },
  'keys.resume': {
    method: 'POST',
    path: '/v1/keys/{id}/resume',
    scopes: ['org:admin', 'approvals:decide'],
    input: z.strictObject({ id: line(100) }),
    output: keySchema,
    problems: ['not_found', 'person_required'],
    success: 200,
    idempotent: true,
    description:
      'Lets a paused API key send again, with the keys that were paused with it. What waited is judged once more and ' +
      'goes within minutes, all of it within an hour. Agents cannot call this.',
    example: { input: { id: EXAMPLE.id }, output: EXAMPLE },
    cli: { words: 'keys resume', args: ['id'], summary: 'Let a paused key send again' },
  },
  'keys.whoami': {
    method: 'GET',
    path: '/v1/whoami',
    scopes: [],
    input: z.strictObject({}),
    output: whoamiSchema,
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'Says who you are here: the principal behind your key, its scopes, the mailboxes that it may use (null: all), whether it is live or test, and when it ends. Ask this first when something is refused.',
    example: {
      input: {},
      output: {
        ...{ key: EXAMPLE.id, name: EXAMPLE.name, principal: EXAMPLE.principal, kind: EXAMPLE.kind },
        ...{ mode: EXAMPLE.mode, scopes: EXAMPLE.scopes, expiresAt: EXAMPLE.expiresAt },
        mailboxes: [{ id: 'mbx_7f3a9c2e1b5d4806', address: 'support@example.com' }],
      },
    },
    cli: { words: 'whoami', args: [], summary: 'Show what your key may do' },
  },
} as const satisfies Record<string, Operation>;
