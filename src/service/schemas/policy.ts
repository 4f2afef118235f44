/** @module Policies as the API takes and shows them, their versions, and what waits for a person. Pure. */
import { z } from 'zod';
import { autonomySchema, policyPatchSchema, policySchema } from '../../core/policy/schema.js';
import { POLICY_CHANGE_STATUSES } from '../../core/policy/change-status.js';
import { mailboxName, pageInput } from './page.js';

/** What a verdict names its policy by; in older ones it is shorter. */
export const policyDigest = z
  .string()
  .regex(/^[0-9a-f]{12,64}$/u, 'must be the digest of a policy, as verdicts have it in policyVersion');

/** An id of ours, or a digest. */
export const policyVersionName = z
  .string()
  .regex(
    /^(?:pol_[0-9a-z]{1,60}|[0-9a-f]{12,64})$/u,
    'must be the id of a version, pol_…, or the policyVersion of a verdict',
  );

export const policyChangeId = z
  .string()
  .regex(/^pch_[0-9a-z]{1,60}$/u, 'must be the id of a policy change: pch_…');

/** A person's, or an agent's, own words. */
const words = z.string().trim().min(1).max(1_000);

/** Absent: the org's. */
const mailbox = mailboxName.optional();

export const policyGetSchema = z.strictObject({ mailbox });

export const policyApplySchema = z.strictObject({
  mailbox,
  /**
   * All that it says itself: a merge patch (RFC 7396) on the policy of the org, or, for the org, on the defaults. What
   * it said before and is not in here goes back to those.
   */
  document: policyPatchSchema,
  why: words.optional(),
  /** The digest of the policy that was seen; where another one holds, nothing is changed. */
  basedOn: policyDigest.optional(),
  /** Says what would change, and changes nothing. */
  dryRun: z.boolean().default(false),
});

export const policyVersionsSchema = z.strictObject({ ...pageInput, mailbox });

/** As it was written. */
const patch = z.record(z.string(), z.unknown());

export const policyShownSchema = z.object({
  /** Id; null is the org. */
  mailbox: z.string().nullable(),
  /** What holds. */
  policy: policySchema,
  /** What it says itself; the rest is its org's, or the default. */
  own: patch,
  /** The number of its last version; 0 where it was never set. */
  version: z.number().int(),
  /** Names what holds: a verdict of now has it as `policyVersion`. */
  digest: z.string(),
});

export const differenceSchema = z.object({
  field: z.string(),
  /** Null where it is not set. */
  before: z.unknown(),
  after: z.unknown(),
  /** It may let through what was denied, held or delayed before. */
  loosens: z.boolean(),
});

export const policyAppliedSchema = z.object({
  mailbox: z.string().nullable(),
  /** False where it was only asked what would change. */
  applied: z.boolean(),
  version: z.number().int(),
  /** Of what holds then. */
  digest: z.string(),
  /** Of what held before; `basedOn` of the call that applies what was shown. */
  basedOn: z.string(),
  changes: z.array(differenceSchema),
  /** Where no email could ever go. */
  warnings: z.array(z.object({ field: z.string(), message: z.string() })),
});

export const policyVersionSchema = z.object({
  id: z.string(),
  mailbox: z.string().nullable(),
  number: z.number().int(),
  patch,
  digest: z.string(),
  by: z.string(),
  why: z.string().nullable(),
  createdAt: z.string(),
});

/** By its id: what somebody set. By a digest: what judged emails. */
export const policyFoundSchema = z.object({
  digest: z.string(),
  /** Null where no email was judged by it. */
  document: z.object({ policy: policySchema, autonomy: autonomySchema.nullable() }).nullable(),
  /** Null where it was not set as such: it came of the org's, of a new version of Mailwarden, or of an autonomy. */
  version: policyVersionSchema.nullable(),
});

export const policyPresetSchema = z.object({
  name: z.string(),
  /** YAML, with what each setting promises as a comment. */
  text: z.string(),
  document: patch,
});

export const policyChangesSchema = z.strictObject({
  ...pageInput,
  status: z.enum(POLICY_CHANGE_STATUSES).optional(),
});

export const policyChangeDecideSchema = z.strictObject({
  id: policyChangeId,
  action: z.enum(['approve', 'reject']),
  comment: words.optional(),
});

export const policyChangeSchema = z.object({
  id: z.string(),
  mailbox: z.string(),
  status: z.enum(POLICY_CHANGE_STATUSES),
  /** What it loosens. */
  loosens: z.array(z.string()),
  /** All that the mailbox would say itself. */
  document: patch,
  why: z.string().nullable(),
  /** Principal. */
  by: z.string(),
  basedOn: z.string(),
  /** The page on which a person decides. */
  url: z.string(),
  decidedBy: z.string().nullable(),
  comment: z.string().nullable(),
  decidedAt: z.string().nullable(),
  createdAt: z.string(),
});

/** With all that it would change; none where it was decided, or where what it was asked of no longer holds. */
export const policyChangeShownSchema = policyChangeSchema.extend({
  changes: z.array(differenceSchema).nullable(),
});
