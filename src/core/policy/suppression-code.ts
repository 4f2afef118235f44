/** @module The reasons of suppressions that are codes. Pure. */

export const SUPPRESSION_CODES = [
  ...(['hard_bounce', 'soft_bounce', 'complaint', 'unsubscribe', 'unsubscribe_all', 'manual'] as const),
];
export type SuppressionCode = (typeof SUPPRESSION_CODES)[number];

/** What a person wrote instead may name somebody, so that it goes neither through Temporal nor into the audit. */
export const suppressionCode = (reason: string): SuppressionCode =>
  SUPPRESSION_CODES.find((code) => code === reason) ?? 'manual';
