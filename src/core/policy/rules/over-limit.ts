/** @module What becomes of an email that a limit has no room for. */
import type { Judgement } from '../facts.js';
import { failed, type Finding } from '../rule.js';
import type { OnLimit } from '../settings/limits.js';
import type { Evidence } from '../verdict.js';

export interface Over {
  limit: number;
  evidence: Evidence;
  /** When there is room again (ISO 8601). */
  opensAt: string;
  /** Default: that of `limits`. */
  onLimit?: OnLimit | undefined;
}

/**
 * Over it, the door denies or the email waits, as the policy says; an email that was already accepted always waits,
 * because its caller was told that it would go. For a limit of 0 nothing waits: it never opens.
 */
export function overLimit(
  { policy, facts }: Pick<Judgement<unknown>, 'policy' | 'facts'>,
  { limit, evidence, opensAt, onLimit = policy.limits.onLimit }: Over,
): Finding {
  const waits = limit > 0 && (facts.admitted || onLimit === 'wait');
  return failed(waits ? 'wait' : 'deny', evidence, opensAt);
}
