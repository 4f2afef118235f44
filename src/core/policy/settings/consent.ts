/** @module What consent is worth, and for how long: settings of the rule consent_validation. Pure. */
import { z } from 'zod';

/**
 * Why somebody may be written to. `implied_purchase`, `implied_inquiry`: they bought something, or asked; CASL gives
 * each a time of its own.
 */
export const CONSENT_BASES = [
  'explicit_opt_in',
  'implied_purchase',
  'implied_inquiry',
  'legitimate_interest',
  'contractual',
  'legal_obligation',
] as const;
export type ConsentBasis = (typeof CONSENT_BASES)[number];

/** Whose law it is judged by; `other` is whatever is not named here. */
export const JURISDICTIONS = ['CASL', 'GDPR', 'CAN-SPAM', 'CCPA', 'other'] as const;
export type Jurisdiction = (typeof JURISDICTIONS)[number];

export const consentSchema = z.strictObject({
  /** Categories of email that need it. */
  requiredFor: z.array(z.enum(['transactional', 'commercial', 'conversational'])).default(['commercial']),
  /** Bases that are enough; what the law of the recipient rules out is never enough. */
  bases: z
    .array(z.enum(CONSENT_BASES))
    .default([
      'explicit_opt_in',
      'implied_purchase',
      'implied_inquiry',
      'legitimate_interest',
      'contractual',
    ]),
});
