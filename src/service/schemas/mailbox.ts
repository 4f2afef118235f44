/**
 * @module A mailbox as the API takes and shows it. Pure.
 */
import { z } from 'zod';
import { failoverTriggers, mailboxRoute } from '../../core/delivery/route-schema.js';
import { normaliseAddress } from '../../core/email/address.js';
import { autonomySchema, policyPatchSchema, policySchema } from '../../core/policy/schema.js';
import { ifMatch, line } from './page.js';

/** What an owner of a mailbox may set, besides its address. */
const settings = {
  displayName: line(200).optional(),
  autonomy: autonomySchema.optional(),
  /** What differs from the policy of the org; null takes a setting back to its default. */
  policy: policyPatchSchema.optional(),
  /** Its providers, alone or as `{ providers, failoverTriggers }`; null is the server's routes. */
  route: mailboxRoute.nullable().optional(),
  /** Whether a workflow may be started for it without a door. */
  directStart: z.boolean().optional(),
};

export const mailboxCreateSchema = z.strictObject({
  address: z
    .string()
    .max(320)
    .transform((text, context) => {
      const address = normaliseAddress(text.trim());
      if (address !== null) return address;
      context.addIssue({ code: 'custom', message: 'is not a mail address; write it as name@domain.example' });
      return z.NEVER;
    }),
  ...settings,
  idempotencyKey: line(255).optional(),
});

export const mailboxUpdateSchema = z.strictObject({
  ...settings,
  displayName: line(200).nullable().optional(),
  status: z.enum(['active', 'paused']).optional(),
  ifMatch,
});

const steps = z.array(
  z.object({
    name: z.string().optional(),
    provider: z.string(),
    weight: z.number(),
    failover: z.boolean(),
  }),
);

export const mailboxSchema = z.object({
  id: z.string(),
  address: z.string(),
  displayName: z.string().nullable(),
  status: z.enum(['active', 'paused']),
  autonomy: autonomySchema,
  /** That holds for it. */
  policy: policySchema,
  route: z
    .union([steps, z.object({ providers: steps, failoverTriggers: failoverTriggers.optional() })])
    .nullable(),
  directStart: z.boolean(),
  /** Raised by every change; in HTTP also the ETag. */
  version: z.number().int(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type ShownMailbox = z.output<typeof mailboxSchema>;
