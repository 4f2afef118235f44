/** @module A provider as the API shows it. Pure. */
import { z } from 'zod';
import { MESSAGE_STATUSES } from '../../core/email/state.js';
import { attemptSchema } from './message.js';
import { line } from './page.js';

export const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/u, 'must be the name of a provider, as in GET /v1/providers');

export const drainReason = line(500);

/** What became of an email that tried a provider out. */
export const providerTestSchema = z.object({
  id: z.string(),
  /** `held` where the mailbox wants a person to approve it. */
  status: z.enum(MESSAGE_STATUSES),
  approvalUrl: z.string().optional(),
  /** What the provider answered to each try, the last one last; none where it was not asked yet. */
  attempts: z.array(attemptSchema),
  recipients: z.array(
    z.object({
      index: z.number(),
      status: z.string(),
      reason: z.string().nullable(),
      smtpStatus: z.string().nullable(),
    }),
  ),
});

const breakerState = z.enum(['closed', 'open', 'half_open']);

export const providerSchema = z.object({
  name: z.string(),
  type: z.string(),
  capabilities: z.object({
    /** Sends to a part of the recipients that the headers name. */
    envelope: z.boolean(),
    /** Milliseconds for which it deduplicates by key; 0 is never. */
    dedupesFor: z.number(),
    lookup: z.enum(['none', 'partial', 'complete']),
  }),
  rateLimit: z.object({ perSecond: z.number() }).optional(),
  /** The task queue of its deliveries, where a rate limit gives it one of its own. */
  taskQueue: z.string().optional(),
  /** `drained` by hand, else the worst of `domains`; `half_open`: one email at a time tries whether it is well. */
  state: z.enum(['closed', 'open', 'half_open', 'drained']),
  drained: z.object({ at: z.string(), reason: z.string().optional(), by: z.string().optional() }).optional(),
  /** Sending domains of the organisation at which it failed since it last answered. */
  domains: z.array(
    z.object({
      domain: z.string(),
      state: breakerState,
      /** In a row. */
      failures: z.number(),
      /** Of the last one: a code. */
      reason: z.string(),
      openedAt: z.string().nullable(),
      /** When one email may try again. */
      retryAt: z.string().nullable(),
    }),
  ),
});
export type ShownProvider = z.output<typeof providerSchema>;
