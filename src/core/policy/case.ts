/** @module One case of a policy's test: an email, what is known, and what policy is expected to say. Pure. */
import { z } from 'zod';
import { contentOf, instant, requestSchema } from '../email/request.js';
import { makeRevision } from '../email/revision.js';
import { evaluate } from './evaluate.js';
import { neutralFacts } from './neutral-facts.js';
import { applyPatch } from './patch.js';
import type { Policy } from './schema.js';
import { decidingChecks, EFFECTS, type Verdict } from './verdict.js';

/** Monday, 10:00 UTC. */
const MONDAY = '2026-03-02T10:00:00.000Z';
/** What a case about something else need not say. */
const WORDS = { subject: 'Test', text: 'Test' };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of the same kind as what is known otherwise; what is null there may be anything. */
const isLike = (given: unknown, known: unknown): boolean =>
  known === null ||
  given === null ||
  (Array.isArray(given) === Array.isArray(known) && typeof given === typeof known);

const factsSchema = z.record(z.string(), z.unknown()).superRefine((facts, context) => {
  const known = new Map(Object.entries(neutralFacts(new Date(MONDAY))));
  for (const [name, value] of Object.entries(facts))
    if (!known.has(name))
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `is no fact; there are ${[...known.keys()].join(', ')}`,
      });
    else if (!isLike(value, known.get(name)))
      context.addIssue({ code: 'custom', path: [name], message: 'is of another kind than this fact' });
});

export const caseSchema = z.strictObject({
  name: z.string().min(1).max(200),
  /** As it would be sent; `subject` and `text` may be left out. */
  email: z.preprocess((email) => (isObject(email) ? { ...WORDS, ...email } : email), requestSchema),
  /** When it is judged and would go. */
  at: instant.default(MONDAY),
  /** What differs from a mailbox that has sent nothing yet: `mailbox: { autonomy: review_all }`. */
  facts: factsSchema.default({}),
  expect: z.strictObject({
    outcome: z.enum(['allow', ...EFFECTS]),
    /** Those that decide, all of them; of an email that is allowed, those that warn. */
    rules: z.array(z.string().max(100)).max(100).optional(),
  }),
});
export type Case = z.output<typeof caseSchema>;

/** What policy says, and whether that is what was expected. */
export function judgeCase(
  policy: Policy,
  { email, at, facts, expect }: Case,
): { verdict: Verdict; isExpected: boolean } {
  const now = new Date(at);
  const neutral = neutralFacts(now);
  // What is taken back to nothing is as it is without a word.
  const known = { ...neutral, ...(applyPatch({ ...neutral }, facts) as Partial<typeof neutral>) };
  const source = {
    messageId: 'case',
    sender: { address: known.mailbox.address },
    revision: 1,
    attachments: [],
  };
  const revision = makeRevision(contentOf(email), { ...source, category: email.category });
  const verdict = evaluate(policy, revision, { ...known, reason: email.reason ?? known.reason }, now);
  return { verdict, isExpected: verdict.outcome === expect.outcome && hasRules(verdict, expect.rules) };
}

/** The rules that made the verdict; of an allowed email those that warn. */
export const namedRules = (verdict: Verdict): string[] =>
  (verdict.outcome === 'allow'
    ? verdict.checks.filter(({ status }) => status === 'warned')
    : decidingChecks(verdict)
  ).map(({ rule }) => rule);

function hasRules(verdict: Verdict, expected: readonly string[] | undefined): boolean {
  if (expected === undefined) return true;
  return namedRules(verdict).sort().join() === [...new Set(expected)].sort().join();
}
