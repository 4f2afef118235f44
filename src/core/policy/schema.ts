/**
 * @module The policy of a mailbox: every setting, its default and its bounds. Pure.
 */
import { z } from 'zod';
import { normaliseAddress } from '../email/address.js';

export const AUTONOMY_LEVELS = ['read_only', 'review_all', 'first_contact', 'monitored', 'auto'] as const;
export type AutonomyLevel = (typeof AUTONOMY_LEVELS)[number];

const level = z.enum(AUTONOMY_LEVELS);

/** One level, or one per side: `internal` recipients share the mailbox's domain. */
export const autonomySchema = z.union([level, z.strictObject({ external: level, internal: level })]);
export type Autonomy = z.output<typeof autonomySchema>;

/** `person@domain`, `domain`, or `*.domain` for its subdomains. */
const pattern = z
  .string()
  .max(254)
  .transform((text) => text.trim().toLowerCase())
  .refine(
    (text) =>
      text.includes('@')
        ? normaliseAddress(text) !== null
        : /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/u.test(text),
    'must be an address, a domain, or *.domain',
  )
  // As the addresses that it is compared with: an U-label in a deny list must not miss its A-label.
  .transform((text) => normaliseAddress(text) ?? text);

const minutes = z.number().positive().max(525_600);

/** Policy of one mailbox. An allow-list that is set but empty blocks everybody. */
export const policySchema = z.strictObject({
  /** Recipients that may be written to; absent means everybody. */
  allow: z.array(pattern).max(1000).optional(),
  /** Recipients that must not be written to; wins over `allow`. */
  deny: z.array(pattern).max(1000).default([]),
  limits: z
    .strictObject({
      /** Emails per clock hour (UTC); 0 lets nothing through. */
      hourly: z.number().int().min(0).max(1_000_000).default(100),
      /** Emails per day (UTC). */
      daily: z.number().int().min(0).max(10_000_000).default(500),
      /** At the door: `deny` answers 429; `wait` accepts and sends when the window opens. */
      onLimit: z.enum(['deny', 'wait']).default('deny'),
    })
    .prefault({}),
  /** A suppressed recipient denies the whole message, or is left out of it. */
  onSuppressed: z.enum(['deny', 'drop']).default('deny'),
  /** Seconds that an email nobody approved waits, so that it can still be canceled; 0 is none. */
  undoSeconds: z.number().min(0).max(86_400).default(0),
  /** Minutes that a held email waits for a person before it expires. */
  approvalMinutes: minutes.default(24 * 60),
});
export type Policy = z.output<typeof policySchema>;
export type PolicyInput = z.input<typeof policySchema>;
