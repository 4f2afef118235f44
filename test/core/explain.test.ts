/** @module A verdict in words: what an agent is told that has to decide what to do next. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from '../../src/core/policy/evaluate.js';
import { explain } from '../../src/core/policy/explain.js';
import { RULES } from '../../src/core/policy/rules/index.js';
import { aPolicy, NOW, theFacts, to } from '../support/arbitraries.js';
import { anyFacts, anyPolicy, anyRevision, foundFor } from '../support/policies.js';
import { mailbox } from './rules/judge.js';

const explained = (
  policy: Parameters<typeof aPolicy>[0],
  facts: Parameters<typeof theFacts>[0] = {},
  revision = to('ada@client.example', 'bo@secret.example'),
) => explain(evaluate(aPolicy(policy), revision, theFacts(facts), NOW), NOW);
const used = (count: number) => ({
  usage: { ...theFacts().usage, hourly: { used: count, opensAt: '2026-03-01T13:00:00.000Z' } },
});
const remedyOf = (code: string): string | undefined => RULES.find((rule) => rule.code === code)?.remedy;

test('a denial names its rules with their numbers, and what each of them needs', () => {
  expect(explained({ deny: ['secret.example'], limits: { hourly: 23 } }, used(23))).toEqual({
    sentence:
      'Policy denies it: recipient_deny_list (recipients 1), rate_limit_hourly (current 23, limit 23).',
    retryable: false,
    wouldPass: [remedyOf('recipient_deny_list'), remedyOf('rate_limit_hourly')],
  });
});

test('a denial for a full limit alone may be tried again when the window opens, in so many seconds', () => {
  expect(explained({ limits: { hourly: 23 } }, used(23))).toMatchObject({
    retryable: true,
    retryAfter: 3600,
  });
  // It never opens.
  expect(explained({ limits: { hourly: 0 } }, used(0))).toMatchObject({ retryable: false });
});

test('what waits says until when, and is not to be sent again', () => {
  expect(explained({ limits: { hourly: 23, onLimit: 'wait' } }, used(40))).toEqual({
    sentence: 'Policy lets it go at 2026-03-01T13:00:00.000Z: rate_limit_hourly (current 40, limit 23).',
    retryable: false,
    retryAfter: 3600,
    wouldPass: [remedyOf('rate_limit_hourly')],
  });
});

test('what is held says for which rules, and a finding that was accepted is none of them', () => {
  const held = explained({ vip: ['client.example'] }, mailbox({ autonomy: 'review_all' }));
  expect(held.sentence).toBe(
    'Policy asks a person to look at it first: vip_recipient (recipients 0), autonomy_level (level review_all, recipients 0 and 1).',
  );
  const accepted = ['vip_recipient:{"recipients":[0]}'];
  const again = explained({ vip: ['client.example'] }, { ...mailbox({ autonomy: 'review_all' }), accepted });
  expect(again.sentence).not.toContain('vip_recipient');
  expect(again.wouldPass).toEqual([remedyOf('autonomy_level')]);
});

test('what is allowed needs nothing, and says what policy warns of', () => {
  expect(explained({})).toEqual({ sentence: 'Policy allows it.', retryable: false, wouldPass: [] });
  expect(explained({}, mailbox({ autonomy: 'monitored' })).sentence).toBe(
    'Policy allows it, and warns: autonomy_level (level monitored, recipients 0 and 1).',
  );
});

test('many recipients are counted, not listed', () => {
  const all = Array.from({ length: 50 }, (_, n) => `p${n}@client.example`);
  expect(explained({ deny: ['client.example'] }, {}, to(...all)).sentence).toContain('and 9 and 40 more');
});

test('no address and no text stands in any explanation, which every rule can give', () => {
  fc.assert(
    fc.property(anyPolicy, anyRevision, anyFacts, (policy, revision, facts) => {
      const verdict = evaluate(policy, revision, foundFor(policy, facts), NOW);
      const { sentence, wouldPass } = explain(verdict, NOW);
      expect(sentence).not.toMatch(/@|example/u);
      if (verdict.outcome !== 'allow') expect(wouldPass.length).toBeGreaterThan(0);
    }),
  );
});
