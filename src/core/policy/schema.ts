/**
 * @module A policy: every setting, its default and its bounds. An org has one, and a mailbox may say otherwise in some of
 * it. Which rule uses which setting: docs/policy.md, which is made from here. Pure.
 */
import { z } from 'zod';
import { KILL_SWITCHES, RULE_CODES, RULE_MODES } from './codes.js';
import { consentSchema } from './settings/consent.js';
import { hoursSchema } from './settings/hours.js';
import { limitsSchema, warmUpSchema } from './settings/limits.js';
import { exactAddress, patterns, tooCostly } from './settings/pattern.js';
import { recipientsSchema } from './settings/recipients.js';

export const AUTONOMY_LEVELS = ['read_only', 'review_all', 'first_contact', 'monitored', 'auto'] as const;
export type AutonomyLevel = (typeof AUTONOMY_LEVELS)[number];

const level = z.enum(AUTONOMY_LEVELS);

/** One level, or one per side: `internal` recipients share the mailbox's domain. */
export const autonomySchema = z.union([level, z.strictObject({ external: level, internal: level })]);
export type Autonomy = z.output<typeof autonomySchema>;

const minutes = z.number().positive().max(525_600);

/** An allow-list that is set but empty blocks everybody. */
const everySetting = z.strictObject({
  /** How each rule counts; what is not named has the rule's own default. */
  modes: z
    .partialRecord(z.enum(RULE_CODES), z.enum(RULE_MODES))
    .refine(
      (modes) => KILL_SWITCHES.every((code) => (modes[code] ?? 'enforce') === 'enforce'),
      `cannot turn off a kill switch: ${KILL_SWITCHES.join(', ')}`,
    )
    .default({}),
  /** Recipients that may be written to; absent means everybody. */
  allow: patterns.optional(),
  /** Recipients that must not be written to; wins over `allow`. */
  deny: patterns.default([]),
  /** Recipients for whom a person looks first. */
  vip: patterns.default([]),
  /** Where replies may go, beside the mailbox's own domain. */
  replyTo: patterns.default([]),
  recipients: recipientsSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  /** A domain that is new to sending: fewer at first. Absent: it is not. */
  warmUp: warmUpSchema.optional(),
  /** Hard bounces and complaints of the mailbox in any 24 hours, beyond which nothing goes. */
  negativeSignalsPerDay: z.int().min(0).max(1_000_000).default(50),
  /** A suppressed recipient denies the whole message, or is left out of it. */
  onSuppressed: z.enum(['deny', 'drop']).default('deny'),
  consent: consentSchema.prefault({}),
  hours: hoursSchema.prefault({}),
  /** Minutes within which the same content to the same recipients is the email that was sent first; 0 is none. */
  duplicateMinutes: z.number().min(0).max(43_200).default(0),
  /** Who gets a blind copy of every email to somebody outside, which they and the reviewer see. */
  oversight: z
    .strictObject({
      /** One address. */
      bcc: exactAddress,
      /** Recipients to whom an email needs none: the org's own agents. */
      exempt: patterns.default([]),
    })
    .optional(),
  /**
   * A principal with so many denials within so many minutes sends what it was told not to send: its key, the one that
   * this was made with, and all that were made with that are paused until a person resumes them. What only a full limit of its mailbox, domain or org denies is not counted.
   */
  loop: z
    .strictObject({
      /** Emails that policy denied. */
      denials: z.int().min(1).max(1_000_000).default(100),
      /** Within which they count. */
      minutes: z.number().positive().max(1_440).default(10),
    })
    .prefault({}),
  /** Seconds that an email nobody approved waits, so that it can still be canceled; 0 is none. */
  undoSeconds: z.number().min(0).max(86_400).default(0),
  /** Minutes that a held email waits for a person before it expires. */
  approvalMinutes: minutes.default(24 * 60),
  /** Minutes that must pass after an approval, so that it can still be taken back; 0 is none. */
  approvalAgeMinutes: z.number().min(0).max(10_080).default(0),
});

export const policySchema = everySetting.superRefine(
  ({ allow = [], deny, vip, replyTo, oversight, hours }, context) => {
    const ofHours = hours.ofRecipients.map((one) => one.recipients);
    const message = tooCostly([allow, deny, vip, replyTo, oversight?.exempt ?? [], ...ofHours]);
    if (message !== null) context.addIssue({ code: 'custom', message });
  },
);
/**
 * What differs from the policy below it, as it is written: a merge patch (RFC 7396), in which null takes a setting back
 * to what stands there.
 */
export const policyPatchSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(policySchema.shape).map(([name, schema]) => [name, schema.nullable().optional()]),
  ) as {
    [N in keyof typeof policySchema.shape]: z.ZodOptional<z.ZodNullable<(typeof policySchema.shape)[N]>>;
  },
);
export type Policy = z.output<typeof policySchema>;
export type PolicyInput = z.input<typeof policySchema>;
