/** @module Who acts, as the API takes and shows it: an agent, a person or a service. Pure. */
import { z } from 'zod';
import type { PrincipalKind } from '../../store/store.js';
import { ifMatch, line } from './page.js';

export const principalKind = z.enum([
  'agent',
  'person',
  'service',
] as const satisfies readonly PrincipalKind[]);

export const principalCreateSchema = z.strictObject({
  name: line(100),
  kind: principalKind,
  idempotencyKey: line(255).optional(),
});

export const principalUpdateSchema = z.strictObject({ id: line(100), name: line(100), ifMatch });

export const principalSchema = z.object({
  id: z.string(),
  kind: principalKind,
  name: z.string(),
  /** Raised by every change; in HTTP also the ETag. */
  version: z.number().int(),
  createdAt: z.string(),
});
