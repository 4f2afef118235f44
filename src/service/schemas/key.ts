/**
 * @module An API key as the API takes and shows it; the key itself is shown once, when it is made. Pure.
 */
import { z } from 'zod';
import type { PrincipalKind, Scope } from '../../store/store.js';
import { line, mailboxName } from './page.js';

export const scopeSchema = z.enum([
  'messages:send',
  'messages:read',
  'drafts:write',
  'approvals:decide',
  'suppressions:write',
  'webhooks:write',
  'policy:admin',
  'org:admin',
] as const satisfies readonly Scope[]);

const kind = z.enum(['agent', 'person', 'service'] as const satisfies readonly PrincipalKind[]);
const mode = z.enum(['live', 'test']);

export const keyCreateSchema = z.strictObject({
  name: line(100),
  scopes: z.array(scopeSchema).min(1).max(20),
  /** An existing principal; without it and without `kind`, the caller's own. */
  principal: line(100).optional(),
  /** A new principal of this kind, under the key's name. */
  kind: kind.optional(),
  /** Default: the caller's own mode. */
  mode: mode.optional(),
  /** Ids or addresses; default: those of the caller. */
  mailboxes: z.array(mailboxName).min(1).max(100).optional(),
});

export const keySchema = z.object({
  id: z.string(),
  principal: z.string(),
  kind,
  name: z.string(),
  mode,
  scopes: z.array(scopeSchema),
  mailboxes: z.array(z.string()).nullable(),
  madeBy: z.string().nullable(),
  createdAt: z.string(),
  revokedAt: z.string().nullable(),
});
export type ShownKey = z.output<typeof keySchema>;

export const madeKeySchema = keySchema.extend({
  /** The key itself. It is not stored and not shown again. */
  apiKey: z.string(),
});
