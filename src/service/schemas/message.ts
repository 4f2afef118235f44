/**
 * @module One email as the API shows it: summary, detail, verdict, trace. Pure.
 */
import { z } from 'zod';
import { CATEGORIES } from '../../core/email/request.js';
import { MESSAGE_STATUSES, RECIPIENT_STATUSES } from '../../core/email/state.js';
import { EFFECTS } from '../../core/policy/verdict.js';

const mode = z.enum(['live', 'test']);
const status = z.enum(MESSAGE_STATUSES);
const address = z.object({ address: z.string(), name: z.string().optional() });

/** What one rule found; `addresses` names the recipients to which its `recipients` indexes point. */
export const checkSchema = z.object({
  rule: z.string(),
  status: z.enum(['passed', 'failed', 'warned', 'skipped']),
  effect: z.enum(EFFECTS).optional(),
  evidence: z
    .record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean(), z.array(z.number()), z.array(z.string())]),
    )
    .optional(),
  until: z.string().optional(),
  accepted: z.boolean().optional(),
});

export const verdictSchema = z.object({
  outcome: z.enum(['allow', ...EFFECTS]),
  checks: z.array(checkSchema),
  policyVersion: z.string(),
  until: z.string().optional(),
  /** In words, while it is why the message stands where it does. */
  explain: z
    .object({
      sentence: z.string(),
      /** The same email, sent again later, may pass. */
      retryable: z.boolean(),
      /** Seconds. */
      retryAfter: z.number().optional(),
      wouldPass: z.array(z.string()),
    })
    .optional(),
});
export type ShownVerdict = z.output<typeof verdictSchema>;

export const waitingForSchema = z.object({ reason: z.string(), until: z.string().optional() });

/** What `send` answers. `digest` and `revision` are absent only while `queued`. */
export const sentSchema = z.object({
  id: z.string(),
  status,
  digest: z.string().optional(),
  revision: z.number().optional(),
  verdict: verdictSchema.optional(),
  waitingFor: waitingForSchema.optional(),
  approvalUrl: z.string().optional(),
  /** Seconds after which it makes sense to ask again. */
  retryAfter: z.number().optional(),
  /** This email was asked for before; nothing new was started. */
  replayed: z.boolean().optional(),
  /** This said the same to the same people as that email, which is shown; nothing was sent. */
  duplicateOf: z.string().optional(),
  /** Who gets a blind copy of it, because the policy wants a person to see what goes out. */
  oversight: z.string().optional(),
  /** The same dedupeKey was used with other content, which was not sent. */
  contentDiffers: z.boolean().optional(),
});
export type SendAnswer = z.output<typeof sentSchema>;

/** What a decision, an edit or a new time came to. */
export const changedSchema = z.object({
  id: z.string(),
  status,
  digest: z.string(),
  revision: z.number(),
  waitingFor: waitingForSchema.optional(),
  verdict: verdictSchema.optional(),
});
export type Changed = z.output<typeof changedSchema>;

export const summarySchema = z.object({
  id: z.string(),
  mailbox: z.string(),
  mode,
  status,
  category: z.enum(CATEGORIES),
  subject: z.string(),
  revision: z.number(),
  digest: z.string(),
  waitingFor: waitingForSchema.nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

const contentSchema = z.object({
  from: address,
  replyTo: address.optional(),
  to: z.array(address),
  cc: z.array(address),
  bcc: z.array(address),
  subject: z.string(),
  text: z.string().optional(),
  html: z.string().optional(),
  headers: z.record(z.string(), z.string()),
  attachments: z.array(
    z.object({
      filename: z.string(),
      contentType: z.string(),
      contentId: z.string().optional(),
      size: z.number(),
      sha256: z.string(),
    }),
  ),
  calendar: z.object({ method: z.string(), ics: z.string() }).optional(),
  inReplyTo: z.string().optional(),
  messageId: z.string(),
  category: z.enum(CATEGORIES),
});

const recipientSchema = z.object({
  index: z.number(),
  kind: z.enum(['to', 'cc', 'bcc']),
  address: z.string(),
  status: z.enum(RECIPIENT_STATUSES),
  reason: z.string().nullable(),
  smtpStatus: z.string().nullable(),
  softBounces: z.number(),
  /** The class of the bounce that ended it: the address is bad, it may pass, or it is about content or sender. */
  bounce: z.enum(['hard', 'soft', 'block']).nullable(),
  /** What to do about this recipient, where there is something to do or to leave. */
  advice: z.string().optional(),
});

/** Seconds after which to ask again: too many wait at this moment. */
const retryAfter = z.number().optional();

/** One try at one provider, and what it answered. */
export const attemptSchema = z.object({
  attempt: z.number(),
  try: z.number(),
  provider: z.string(),
  recipients: z.array(z.number()),
  at: z.string(),
  leaseUntil: z.string(),
  finishedAt: z.string().nullable(),
  outcome: z.string().nullable(),
  providerMessageId: z.string().nullable(),
  /** The Message-ID that its reader sees, where the provider put its own in the place of ours. */
  seenMessageId: z.string().nullable(),
  /** Another provider may have sent it to some of these before; nobody knows. */
  duplicatePossible: z.boolean(),
});

/** Everything about one email; `kind` tells it from one that was not admitted yet. */
export const admittedSchema = summarySchema.extend({
  dedupeKey: z.string(),
  principal: z.string(),
  verdict: verdictSchema,
  content: contentSchema,
  sendAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  reason: z.string().nullable(),
  context: z.unknown(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.string()),
  recipients: z.array(recipientSchema),
  attempts: z.array(attemptSchema),
  reports: z.array(
    z.object({
      provider: z.string(),
      reportId: z.string(),
      type: z.string(),
      recipient: z.number().nullable(),
      reason: z.string().nullable(),
      smtpStatus: z.string().nullable(),
      /** An open or a click that is no person's. */
      machine: z.boolean(),
      /** A complaint that says the opposite. */
      notSpam: z.boolean(),
      at: z.string(),
    }),
  ),
  /** Opens and clicks, as far as providers report them; those of machines stand apart. */
  engagement: z.object({
    opens: z.number(),
    clicks: z.number(),
    machineOpens: z.number(),
    machineClicks: z.number(),
  }),
  decisions: z.array(
    z.object({
      revision: z.number(),
      action: z.string(),
      by: z.string(),
      via: z.string(),
      digest: z.string(),
      comment: z.string().nullable(),
      at: z.string(),
    }),
  ),
  approvalUrl: z.string().optional(),
  retryAfter,
});
export type AdmittedMessage = z.output<typeof admittedSchema>;

/** Accepted, but no worker has taken it up yet; or it ended before it could be admitted. */
export const pendingSchema = z.object({
  id: z.string(),
  status,
  recipients: z.array(z.object({ index: z.number(), status: z.enum(RECIPIENT_STATUSES) })).optional(),
  problem: z
    .object({ code: z.string(), fields: z.array(z.object({ field: z.string(), message: z.string() })) })
    .optional(),
  retryAfter,
});
export type PendingMessage = z.output<typeof pendingSchema>;

export const messageSchema = z.union([admittedSchema, pendingSchema]);

export const traceSchema = z.object({
  id: z.string(),
  entries: z.array(
    z.object({
      seq: z.number(),
      at: z.string(),
      type: z.string(),
      by: z.string(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** The bytes that go out. */
export const rawSchema = z.object({
  id: z.string(),
  revision: z.number(),
  digest: z.string(),
  /** How `raw` holds them. */
  encoding: z.enum(['utf-8', 'base64']),
  raw: z.string(),
});

export const tokenSchema = z.object({
  id: z.string(),
  action: z.string(),
  token: z.string(),
  expiresAt: z.string(),
  /** Ready to paste where the Temporal CLI reaches the namespace. */
  command: z.string(),
});
