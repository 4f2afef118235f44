/** @module A consent as the API takes and shows it. Pure. */
import { z } from 'zod';
import { CONSENT_BASES, JURISDICTIONS } from '../../core/policy/settings/consent.js';
import { instant, line, soughtAddress } from './page.js';

const MOST_EVIDENCE = 2_000;

const source = line(200);
const evidence = z.string().min(1).max(MOST_EVIDENCE);

export const consentRecordSchema = z
  .strictObject({
    address: soughtAddress,
    basis: z.enum(CONSENT_BASES),
    /** Whose law it is judged by. */
    jurisdiction: z.enum(JURISDICTIONS),
    /** Where it was given: a form, a contract, a call. */
    source,
    /** What proves it: the text that was agreed to, the number of an order. */
    evidence: evidence.optional(),
    /** When it was given. Default: now. */
    at: instant.optional(),
    /** When it ends, where that is earlier than the law says. */
    expiresAt: instant.optional(),
  })
  .check(({ value, issues }) => {
    if (value.expiresAt === undefined || value.at === undefined || value.expiresAt > value.at) return;
    issues.push({ code: 'custom', path: ['expiresAt'], message: 'must be after at', input: undefined });
  });

export const consentRevokeSchema = z.strictObject({
  address: soughtAddress,
  source,
  evidence: evidence.optional(),
  /** When it was taken back. Default: now. */
  at: instant.optional(),
});

export const consentSchema = z.object({
  id: z.string(),
  mode: z.enum(['live', 'test']),
  address: z.string(),
  kind: z.enum(['granted', 'revoked']),
  basis: z.enum(CONSENT_BASES).nullable(),
  jurisdiction: z.enum(JURISDICTIONS).nullable(),
  source: z.string(),
  /** Null for a key without the scope `consents:write`. */
  evidence: z.string().nullable(),
  at: z.string(),
  /** When it ends by itself: as the law says, or earlier. */
  expiresAt: z.string().nullable(),
  /** Principal who recorded it. */
  by: z.string(),
  createdAt: z.string(),
});

/** The columns of a file; those of an export that an import does not need are taken and left alone. */
export const CONSENT_COLUMNS = [
  ...(['address', 'kind', 'basis', 'jurisdiction', 'source', 'evidence', 'at', 'expiresAt'] as const),
  ...(['by', 'createdAt'] as const),
];

/** A row of such a file. Without `at` the same file again would say it again, of another time. */
export const consentRowSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...consentRecordSchema.shape, kind: z.literal('granted'), at: instant }),
  z.strictObject({ ...consentRevokeSchema.shape, kind: z.literal('revoked'), at: instant }),
]);
