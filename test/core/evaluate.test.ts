/** @module The judgement over all rules: the strongest finding decides, whatever their order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RuleCode } from '../../src/core/policy/codes.js';
import { evaluate, reasonKey, reviewReasons } from '../../src/core/policy/evaluate.js';
import { failed, passed, skipped, warned, type Finding, type Rule } from '../../src/core/policy/rule.js';
import { RULES } from '../../src/core/policy/rules/index.js';
import { decidingChecks, type Effect } from '../../src/core/policy/verdict.js';
import { aPolicy, aRevision, NOW, theFacts, to } from '../support/arbitraries.js';
import { anyFacts, anyPolicy, anyRevision, foundFor } from '../support/policies.js';
import { verifies } from '../support/requirements.js';
import { mailbox } from './rules/judge.js';

const evidence = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(3), { maxKeys: 2 });
const instant = fc.nat(100).map((hours) => new Date(NOW.getTime() + hours * 3_600_000).toISOString());
const finding: fc.Arbitrary<Finding> = fc.oneof(
  evidence.map(passed),
  evidence.map(warned),
  fc.constant(skipped()),
  fc
    .tuple(fc.constantFrom<Effect>('deny', 'review', 'wait'), evidence, instant)
    .map(([effect, found, until]) => failed(effect, found, effect === 'wait' ? until : undefined)),
);
const findings = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,5}$/u), finding), {
  selector: ([code]) => code,
  maxLength: 8,
});
/** Any code will do: what a rule is called changes nothing. */
const rule = ([code, found]: readonly [string, Finding]): Rule => ({
  ...{ code: code as RuleCode, summary: 'x', mode: 'enforce', settings: [], remedy: 'x' },
  judge: () => found,
});
const verdictOf = (list: readonly (readonly [string, Finding])[], accepted: string[] = []) =>
  evaluate(aPolicy(), aRevision(), theFacts({ accepted }), NOW, list.map(rule));

describe('many findings', () => {
  verifies(
    'policy:before-wire/strongest',
    'deny beats review beats wait, and nothing else stops an email',
    () => {
      fc.assert(
        fc.property(findings, (list) => {
          const effects = new Set(list.map(([, one]) => one.effect));
          const expected =
            (['deny', 'review', 'wait'] as const).find((effect) => effects.has(effect)) ?? 'allow';
          expect(verdictOf(list).outcome).toBe(expected);
        }),
      );
    },
  );

  verifies('policy:before-wire/strongest', 'the order of the rules changes neither outcome nor time', () => {
    const orders = findings.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(orders, ([list, other]) => {
        const [one, two] = [verdictOf(list), verdictOf(other)];
        expect([two.outcome, two.until]).toEqual([one.outcome, one.until]);
        expect(new Set(two.checks.map(reasonKey))).toEqual(new Set(one.checks.map(reasonKey)));
      }),
    );
  });

  verifies('policy:before-wire/each-rule', 'the trace has one check per rule, in their order', () => {
    fc.assert(
      fc.property(findings, (list) => {
        expect(verdictOf(list).checks.map((one) => one.rule)).toEqual(list.map(([code]) => code));
      }),
    );
    const codes = evaluate(aPolicy(), aRevision(), theFacts(), NOW).checks.map((one) => one.rule);
    expect(codes).toEqual(RULES.map((one) => one.code));
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('a wait lasts until the last of its times', () => {
    const wait = (until: string) => failed('wait', undefined, until);
    const verdict = verdictOf([
      ['a', wait('2026-03-01T13:00:00.000Z')],
      ['b', wait('2026-03-02T00:00:00.000Z')],
      ['c', wait('2026-03-01T14:00:00.000Z')],
    ]);
    expect(verdict).toMatchObject({ outcome: 'wait', until: '2026-03-02T00:00:00.000Z' });
    expect(decidingChecks(verdict).map((one) => one.rule)).toEqual(['a', 'b', 'c']);
  });
});

describe('what a person has accepted', () => {
  verifies('policy:before-wire/new-reason', 'no longer holds, and everything else still does', () => {
    fc.assert(
      fc.property(findings, findings, (seen, now) => {
        const accepted = reviewReasons(verdictOf(seen));
        const open = now.filter(
          ([code, one]) => one.effect !== 'review' || !accepted.includes(reasonKey({ rule: code, ...one })),
        );
        expect(verdictOf(now, accepted).outcome).toBe(verdictOf(open).outcome);
      }),
    );
  });

  verifies('policy:before-wire/new-reason', 'is the rule with its evidence, exactly', () => {
    const held = verdictOf([['a', failed('review', { recipients: [0], n: 1 })]]);
    const accepted = reviewReasons(held);
    const again = (found: Finding, code = 'a') => verdictOf([[code, found]], accepted).outcome;
    expect(again(failed('review', { n: 1, recipients: [0] }))).toBe('allow');
    expect(again(failed('review', { recipients: [0, 1], n: 1 }))).toBe('review');
    expect(again(failed('review', { recipients: [0], n: 2 }))).toBe('review');
    expect(again(failed('review', { recipients: [0], n: 1 }), 'b')).toBe('review');
    expect(again(failed('review'))).toBe('review');
    // Nobody can accept these.
    expect(again(failed('deny', { recipients: [0], n: 1 }))).toBe('deny');
    expect(again(failed('wait', { recipients: [0], n: 1 }, NOW.toISOString()))).toBe('wait');
  });

  test('is still shown, as accepted, and does not decide', () => {
    const list = [
      ['a', failed('review', { n: 1 })],
      ['b', failed('review', { n: 2 })],
    ] as const;
    const verdict = verdictOf(list, ['a:{"n":1}']);
    expect(verdict.checks[0]).toMatchObject({ rule: 'a', status: 'failed', accepted: true });
    expect(decidingChecks(verdict).map((one) => one.rule)).toEqual(['b']);
    // A second decision settles both, so that the first finding is not asked about again.
    expect(reviewReasons(verdict)).toEqual(['a:{"n":1}', 'b:{"n":2}']);
  });
});

describe('the rules of the house', () => {
  verifies(
    'policy:before-wire/strongest',
    'say the same in any order, whatever policy, email and facts',
    () => {
      const orders = fc.shuffledSubarray([...RULES], { minLength: RULES.length });
      fc.assert(
        fc.property(anyPolicy, anyRevision, anyFacts, orders, (policy, revision, facts, order) => {
          const found = foundFor(policy, facts);
          const one = evaluate(policy, revision, found, NOW);
          const other = evaluate(policy, revision, found, NOW, order);
          expect([other.outcome, other.until]).toEqual([one.outcome, one.until]);
          expect(new Set(other.checks.map(reasonKey))).toEqual(new Set(one.checks.map(reasonKey)));
        }),
        { numRuns: 300 },
      );
    },
  );

  test('an ordinary email of an auto mailbox is allowed, and the verdict names its policy', () => {
    expect(evaluate(aPolicy(), aRevision(), theFacts({ policyVersion: 'abc' }), NOW)).toMatchObject({
      outcome: 'allow',
      policyVersion: 'abc',
    });
  });

  test('a suppressed recipient is denied even where a person approved the email', () => {
    const facts = theFacts({
      ...mailbox({ autonomy: 'review_all' }),
      suppressions: [{ index: 0, scope: 'org', reason: 'hard_bounce' }],
    });
    const held = evaluate(aPolicy(), aRevision(), { ...facts, suppressions: [] }, NOW);
    const accepted = reviewReasons(held);
    expect(held.outcome).toBe('review');
    expect(evaluate(aPolicy(), aRevision(), { ...facts, suppressions: [], accepted }, NOW).outcome).toBe(
      'allow',
    );
    expect(evaluate(aPolicy(), aRevision(), { ...facts, accepted }, NOW).outcome).toBe('deny');
  });

  verifies('secrets:nowhere/verdict', 'a verdict holds no address, name, subject or text', () => {
    const revision = aRevision({
      ...to('secret-one@hidden.example', '"secret two"@hidden.example'),
      subject: 'secret subject',
      text: 'secret text',
    });
    for (const autonomy of ['read_only', 'review_all', 'first_contact', 'monitored', 'auto'] as const) {
      const facts = theFacts({
        mailbox: { status: 'paused', address: 'secret-agent@hidden.example', autonomy },
        suppressions: [{ index: 0, scope: 'org', reason: 'complaint' }],
      });
      const policy = aPolicy({
        deny: ['hidden.example'],
        allow: ['secret.example'],
        limits: { hourly: 0, daily: 0 },
      });
      const text = JSON.stringify(evaluate(policy, revision, facts, NOW));
      expect(text).not.toMatch(/secret|hidden|@/u);
    }
  });
});
