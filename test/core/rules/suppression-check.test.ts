import { expect, test } from 'vitest';
import { judge } from './judge.js';

test('nobody is suppressed', () => {
  expect(judge('suppression_check')).toEqual({ status: 'passed' });
});

test('one suppressed recipient denies the message; each is named once, by index', () => {
  const suppressions = [
    { index: 2, scope: 'org' as const, reason: 'hard_bounce' },
    { index: 0, scope: 'mailbox' as const, reason: 'complaint' },
    { index: 2, scope: 'domain' as const, reason: 'manual' },
  ];
  expect(judge('suppression_check', { facts: { suppressions } })).toEqual({
    status: 'failed',
    effect: 'deny',
    evidence: { recipients: [0, 2], scope: 'org', reason: 'hard_bounce' },
  });
});
