/**
 * @module The judgement: every rule says its piece, the strongest finding decides. Pure; the order of
 * the rules never matters.
 */
import { canonical } from '../email/canonical.js';
import { recipientsOf, type Revision } from '../email/revision.js';
import type { RuleMode } from './codes.js';
import type { Facts } from './facts.js';
import { withoutOverseer } from './oversight.js';
import { skipped, warned, type Finding, type Rule } from './rule.js';
import { RULES } from './rules/index.js';
import type { Policy } from './schema.js';
import { EFFECTS, type Check, type Verdict } from './verdict.js';

/**
 * Judges one revision. `deny` beats `review` beats `wait` (a person may look while the window is shut);
 * a review that a person has accepted for exactly this evidence no longer counts, everything else does.
 */
export function evaluate(
  policy: Policy,
  revision: Revision,
  facts: Facts,
  now: Date,
  rules: readonly Rule[] = RULES,
): Verdict {
  const written = withoutOverseer(revision, policy);
  const everyone = recipientsOf(written);
  const checks = rules.map((rule): Check => {
    const mode = policy.modes[rule.code] ?? rule.mode;
    const check: Check = {
      rule: rule.code,
      ...weighed(mode, () => rule.judge({ policy, revision: written, everyone, facts, now })),
    };
    return check.effect === 'review' && facts.accepted.includes(reasonKey(check))
      ? { ...check, accepted: true }
      : check;
  });
  const counting = checks.filter((check) => check.effect !== undefined && !check.accepted);
  const outcome = EFFECTS.find((effect) => counting.some((check) => check.effect === effect)) ?? 'allow';
  const until = outcome === 'wait' ? latest(counting) : undefined;
  return { outcome, checks, policyVersion: facts.policyVersion, ...(until && { until }) };
}

/** A finding as the policy wants it to count; where nobody looks, the rule is not even asked. */
function weighed(mode: RuleMode, judge: () => Finding): Finding {
  if (mode === 'off') return skipped();
  const finding = judge();
  if (mode === 'enforce' || finding.status !== 'failed') return finding;
  return warned(finding.evidence);
}

/** Names a finding so that an approval can be matched to it: rule and evidence, exactly. */
export function reasonKey(check: Check): string {
  return `${check.rule}:${canonical(check.evidence ?? {})}`;
}

/** The findings that a decision on this verdict settles. */
export function reviewReasons(verdict: Verdict): string[] {
  return verdict.checks.filter((check) => check.effect === 'review').map(reasonKey);
}

function latest(checks: readonly Check[]): string | undefined {
  return checks
    .map((check) => check.until)
    .filter((until) => until !== undefined)
    .sort()
    .at(-1);
}
