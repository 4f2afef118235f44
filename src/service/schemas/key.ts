/**
 * @module An API key as the API takes and shows it; the key itself is shown once, when it is made. Pure.
 */
import { z } from 'zod';
import type { Scope } from '../../store/store.js';
import { CATEGORIES } from '../../core/email/request.js';
import { instant, line, mailboxName, pageInput } from './page.js';
import { principalKind } from './principal.js';

export const scopeSchema = z.enum([
  'messages:send',
  'messages:read',
  'drafts:write',
  'approvals:decide',
  'suppressions:write',
  'consents:write',
  'webhooks:write',
  'policy:admin',
  'org:admin',
] as const satisfies readonly Scope[]);

const mode = z.enum(['live', 'test']);

export const keyCreateSchema = z.strictObject({
  name: line(100),
  scopes: z.array(scopeSchema).min(1).max(20),
  /** An existing principal; without it and without `kind`, the caller's own. */
  principal: line(100).optional(),
  /** A new principal of this kind, under the key's name. */
  kind: principalKind.optional(),
  /** Default: the caller's own mode. */
  mode: mode.optional(),
  /** Ids or addresses; default: those of the caller. */
  mailboxes: z.array(mailboxName).min(1).max(100).optional(),
  /** What its emails may be; default: as of the caller's own key, and never more. */
  categories: z.array(z.enum(CATEGORIES)).min(1).max(CATEGORIES.length).optional(),
  /** Default: when the caller's own key ends, and never after that. */
  expiresAt: instant.optional(),
  idempotencyKey: line(255).optional(),
});

export const keyListSchema = z.strictObject({
  ...pageInput,
  principal: line(100).optional(),
  /** Also those that were revoked or have expired. */
  includeRevoked: z.boolean().default(true),
});

export const keyRotateSchema = z.strictObject({
  id: line(100),
  /** Seconds for which the old key goes on beside the new one. */
  overlap: z.number().int().min(0).max(604_800).default(86_400),
  idempotencyKey: line(255).optional(),
});

export const keyRevokeSchema = z.strictObject({
  id: line(100),
  /** Of a key that was rotated: leave the new one, and what was made with either. */
  keepSuccessor: z.boolean().default(false),
});

export const keySchema = z.object({
  id: z.string(),
  principal: z.string(),
  kind: principalKind,
  name: z.string(),
  mode,
  scopes: z.array(scopeSchema),
  mailboxes: z.array(z.string()).nullable(),
  /** What its emails may be; null is anything. */
  categories: z.array(z.enum(CATEGORIES)).nullable(),
  /** Paused, it sends nothing, and what it sent before waits. */
  status: z.enum(['active', 'paused']),
  madeBy: z.string().nullable(),
  /** The key that it replaced. */
  rotatedFrom: z.string().nullable(),
  createdAt: z.string(),
  /** Refused from then on; null is never. */
  expiresAt: z.string().nullable(),
  /** At most a minute behind; null is never. */
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});
export type ShownKey = z.output<typeof keySchema>;

export const madeKeySchema = keySchema.extend({
  /** The key itself. It is not stored and not shown again. */
  apiKey: z.string(),
});

export const rotatedKeySchema = madeKeySchema.extend({
  /** The key that it replaces, and until when that is still taken. */
  previous: z.object({ id: z.string(), expiresAt: z.string().nullable() }),
});

export const whoamiSchema = z.object({
  key: z.string(),
  name: z.string(),
  principal: z.string(),
  kind: principalKind,
  mode,
  scopes: z.array(scopeSchema),
  /** Null is every mailbox of the organisation. */
  mailboxes: z.array(z.object({ id: z.string(), address: z.string() })).nullable(),
  expiresAt: z.string().nullable(),
});
