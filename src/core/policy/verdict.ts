/**
 * @module What policy says about one revision at one moment. Pure.
 */

/** What a failed check asks for, strongest first. */
export const EFFECTS = ['deny', 'review', 'wait'] as const;
export type Effect = (typeof EFFECTS)[number];

export type CheckStatus = 'passed' | 'failed' | 'warned' | 'skipped';

/** Numbers, codes and recipient indexes: evidence crosses Temporal, so no address and no text. */
export type Evidence = Record<string, string | number | boolean | number[]>;

/** What one rule found. */
export interface Check {
  rule: string;
  status: CheckStatus;
  /** Only where it failed. */
  effect?: Effect;
  evidence?: Evidence;
  /** Only with `wait`: when to try again (ISO 8601). */
  until?: string;
  /** True where a person has already accepted exactly this finding. */
  accepted?: boolean;
}

/** `wait` names the time. `policyVersion` says which policy judged. */
export interface Verdict {
  outcome: 'allow' | Effect;
  checks: Check[];
  policyVersion: string;
  until?: string;
}

/** The checks that made the verdict what it is. */
export function decidingChecks(verdict: Verdict): Check[] {
  return verdict.checks.filter((check) => check.effect === verdict.outcome && !check.accepted);
}
