/** @module Judgements of which nothing comes, as the API shows them. Pure. */
import { z } from 'zod';
import { requestSchema } from '../../core/email/request.js';
import { MESSAGE_STATUSES } from '../../core/email/state.js';
import { policyPatchSchema } from '../../core/policy/schema.js';
import { EFFECTS } from '../../core/policy/verdict.js';
import { verdictSchema } from './message.js';
import { instant, mailboxName } from './page.js';

export const MOST_SIMULATED = 500;
/** Of all emails together: a policy asks its lists about each. */
const MOST_TO = 2_000;
export const MOST_REPLAYED = 1_000;

const outcome = z.enum(['allow', ...EFFECTS]);
/** A merge patch (RFC 7396) on the policy that holds; absent: that. */
const candidate = policyPatchSchema;

export const simulationSchema = z.strictObject({
  mailbox: mailboxName.optional(),
  requests: z
    .array(requestSchema)
    .min(1)
    .max(MOST_SIMULATED)
    .refine(
      (all) => all.reduce((sum, one) => sum + one.to.length + one.cc.length + one.bcc.length, 0) <= MOST_TO,
      `must have at most ${MOST_TO} recipients together`,
    ),
  policy: candidate.optional(),
});

export const simulatedSchema = z.object({
  /** When the facts were read; they may have changed before the email is sent. */
  asOf: z.string(),
  results: z.array(
    z.object({
      index: z.number(),
      outcome,
      status: z.enum(MESSAGE_STATUSES),
      verdict: verdictSchema,
      /** When it would go, as far as can be said now. */
      wouldGoAt: z.string().optional(),
    }),
  ),
});

export const replaySchema = z.strictObject({
  mailbox: mailboxName.optional(),
  policy: candidate,
  /** Emails from this time on. */
  since: instant.optional(),
  limit: z.int().min(1).max(MOST_REPLAYED).default(200),
});

export const replayedSchema = z.object({
  /** How many emails were judged. */
  judged: z.number(),
  /** By both outcomes, as `allow deny`: how many. */
  counts: z.record(z.string(), z.number()),
  /** Of which time the facts are. */
  facts: z.object({ ofThen: z.array(z.string()), ofNow: z.array(z.string()) }),
  /** Emails of which the candidate says something else, newest first. */
  differences: z.array(
    z.object({
      id: z.string(),
      mailbox: z.string(),
      createdAt: z.string(),
      /** What was said when it was last judged. */
      then: outcome,
      /** What the policy that holds says of the same facts. */
      live: outcome,
      candidate: outcome,
      /** The rules that make the difference. */
      rules: z.array(z.string()),
    }),
  ),
});
