/** @module Rules on how an address looks (role_account, likely_typo, disposable_email): told of, and denied on demand. */
import { expect, test } from 'vitest';
import { evaluate } from '../../../src/core/policy/evaluate.js';
import { isDisposable } from '../../../src/core/email/disposable.js';
import { aPolicy, NOW, theFacts } from '../../support/arbitraries.js';
import { judge } from './judge.js';
import { found, toCcBcc } from './recipients.js';

const GOOD = toCcBcc('ada@client.example', 'bob@gmail.com', 'information@client.example');

test.each([
  ['role_account', 'deny', toCcBcc('INFO@client.example', 'ada@client.example', 'sales+eu@client.example')],
  ['likely_typo', 'review', toCcBcc('ada@GMIAL.com', 'bob@gmail.com', 'cyd@hotmail.con')],
  ['disposable_email', 'deny', toCcBcc('ada@Mailinator.com', 'bob@gmail.com', 'cyd@a.b.mailinator.com')],
] as const)(
  '%s finds whom it is about by index, and only tells of it by default',
  (code, effect, revision) => {
    expect(judge(code, { revision: GOOD })).toEqual({ status: 'passed' });
    expect(judge(code, { revision })).toEqual(found(effect, 0, 2));
    const verdict = evaluate(aPolicy(), revision, theFacts(), NOW);
    expect(verdict.outcome).toBe('allow');
    expect(verdict.checks).toContainEqual({ rule: code, status: 'warned', evidence: { recipients: [0, 2] } });
    const enforced = aPolicy({ modes: { [code]: 'enforce' } });
    expect(evaluate(enforced, revision, theFacts(), NOW).outcome).toBe(effect);
  },
);

test('a domain at which an email has arrived before is no slip', () => {
  const revision = toCcBcc('ada@gmial.com', 'bob@client.example', 'cyd@gmial.com');
  expect(judge('likely_typo', { revision, facts: { contacted: [0] } })).toEqual(found('review', 2));
});

test('a domain is disposable with all below it, and no other', () => {
  expect(['mailinator.com', 'x.mailinator.com'].map(isDisposable)).toEqual([true, true]);
  expect(['com', 'my-mailinator-fans.com', 'mailinator.com.example', 'example'].some(isDisposable)).toBe(
    false,
  );
});
