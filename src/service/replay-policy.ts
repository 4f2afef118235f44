/** @module The verb `policy.replay`: past emails by the policy that holds and by a candidate, and where they differ. */
import { candidateBy } from '../core/policy/candidate.js';
import { decidingChecks, type Verdict } from '../core/policy/verdict.js';
import type { Replayed } from '../store/store.js';
import { mailboxesAsked } from './access.js';
import { candidateIn } from './candidate.js';
import type { Verb } from './deps.js';

/** Judged in one transaction, so that it does not stay open for long. */
const PAGE = 50;

const FACTS = {
  ofThen: ['content', 'time', 'usage', 'contacted'],
  ofNow: ['everything else: suppressions, consent, bounces, rates, the state of mailbox and key'],
};

export const replayPolicy: Verb<'policy.replay'> = async (deps, caller, { mailbox, since, limit }, raw) => {
  const { org, mode } = caller;
  const mailboxes = await mailboxesAsked(deps, caller, mailbox);
  const candidate = candidateBy(candidateIn(raw) ?? {});
  const judged: Replayed[] = [];
  for (;;) {
    const wanted = Math.min(PAGE, limit - judged.length);
    if (wanted === 0) break;
    const after = judged.at(-1)?.id;
    const page = await deps.store.replay({ org, mode, mailboxes, since, after, limit: wanted, candidate });
    judged.push(...page);
    if (page.length < wanted) break;
  }
  return {
    judged: judged.length,
    counts: countsOf(judged),
    facts: FACTS,
    differences: judged.filter(differs).map(({ live, candidate: other, ...one }) => ({
      ...one,
      ...{ live: live.outcome, candidate: other.outcome, rules: rulesOf(live, other) },
    })),
  };
};

const differs = ({ live, candidate }: Replayed): boolean => live.outcome !== candidate.outcome;

function countsOf(judged: readonly Replayed[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { live, candidate } of judged) {
    const name = `${live.outcome} ${candidate.outcome}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** Those that decide in one of the two, and not in the other. */
function rulesOf(live: Verdict, candidate: Verdict): string[] {
  const [was, is] = [live, candidate].map(
    (one) => new Set(one.outcome === 'allow' ? [] : decidingChecks(one).map(({ rule }) => rule)),
  );
  return live.checks.map(({ rule }) => rule).filter((rule) => was?.has(rule) !== is?.has(rule));
}
