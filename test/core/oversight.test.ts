import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recipientsOf } from '../../src/core/email/revision.js';
import { evaluate } from '../../src/core/policy/evaluate.js';
import { overseen, withoutOverseer } from '../../src/core/policy/oversight.js';
import type { PolicyInput } from '../../src/core/policy/schema.js';
import { aPolicy, aRevision, NOW, theFacts, to } from '../support/arbitraries.js';

const oversight = { bcc: 'boss@sender.example', exempt: ['*@agents.example'] };
const policy = aPolicy({ oversight });
const bcc = [{ address: 'boss@sender.example' }];

test('an email to somebody outside gets the copy; one that stays inside, or goes to the exempt, gets none', () => {
  expect(overseen(to('ada@client.example'), policy).bcc).toEqual(bcc);
  expect(overseen(to('bot@agents.example', 'ada@client.example'), policy).bcc).toEqual(bcc);
  for (const revision of [to('eve@sender.example'), to('bot@agents.example')])
    expect(overseen(revision, policy)).toBe(revision);
  expect(overseen(to('ada@client.example'), aPolicy())).toEqual(to('ada@client.example'));
});

test('whoever is a recipient already gets no second one', () => {
  const revision = to('ada@client.example', 'Boss@Sender.example');
  expect(overseen(revision, policy)).toBe(revision);
});

test('without the copy it is what it was before, whoever is written to', () => {
  const address = fc.constantFrom('ada@client.example', 'eve@sender.example', 'bot@agents.example');
  const list = fc.uniqueArray(address, { maxLength: 3 });
  fc.assert(
    fc.property(list, list, (direct, blind) => {
      const revision = aRevision({
        to: direct.map((one) => ({ address: one })),
        bcc: blind.map((one) => ({ address: one })),
      });
      const copied = overseen(revision, policy);
      expect(withoutOverseer(copied, policy)).toEqual(revision);
      expect(recipientsOf(copied).slice(0, recipientsOf(revision).length)).toEqual(recipientsOf(revision));
    }),
  );
});

test.each<[string, PolicyInput]>([
  ['an allow-list', { allow: ['ada@client.example'] }],
  ['a rule on first contact', { modes: { first_contact: 'enforce' } }],
  ['a limit on how many', { recipients: { max: 1 } }],
])('%s does not count the overseer', (_, more) => {
  const strict = aPolicy({ oversight, ...more });
  const revision = overseen(to('ada@client.example'), strict);
  expect(evaluate(strict, revision, theFacts({ contacted: [0] }), NOW).outcome).toBe('allow');
});

test('an overseer who is suppressed stops the email all the same', () => {
  const suppressions = [{ index: 1, scope: 'org' as const, reason: 'hard_bounce' }];
  const verdict = evaluate(
    policy,
    overseen(to('ada@client.example'), policy),
    theFacts({ suppressions }),
    NOW,
  );
  expect(verdict.outcome).toBe('deny');
});

test('with 50 recipients there is no room for the copy: denied, with the numbers', () => {
  const many = Array.from({ length: 50 }, (_, i) => `r${i}@client.example`);
  const verdict = evaluate(policy, overseen(to(...many), policy), theFacts(), NOW);
  expect(verdict.checks.find((one) => one.effect === 'deny')).toEqual({
    ...{ rule: 'recipient_count', status: 'failed', effect: 'deny', evidence: { current: 50, limit: 49 } },
  });
  expect(evaluate(policy, overseen(to(...many.slice(1)), policy), theFacts(), NOW).outcome).toBe('allow');
});
