import { expect, test } from 'vitest';
import type { Category } from '../../../src/core/email/request.js';
import type { Finding } from '../../../src/core/policy/rule.js';
import { aRevision } from '../../support/arbitraries.js';
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

test('whoever unsubscribed stops commercial email and conversations, and lets transactions pass', () => {
  const suppressions = [{ index: 1, scope: 'org' as const, reason: 'unsubscribe' }];
  const of = (category: Category): Finding =>
    judge('suppression_check', { revision: aRevision({ category }), facts: { suppressions } });
  expect(of('transactional')).toEqual({
    status: 'passed',
    evidence: { recipients: [1], reason: 'unsubscribe' },
  });
  for (const category of ['commercial', 'conversational'] as const)
    expect(of(category)).toMatchObject({ status: 'failed', evidence: { reason: 'unsubscribe' } });
});

test('whoever unsubscribed from everything gets nothing, and the evidence says why', () => {
  const suppressions = [{ index: 0, scope: 'org' as const, reason: 'unsubscribe_all' }];
  expect(judge('suppression_check', { facts: { suppressions } })).toMatchObject({
    ...{ effect: 'deny', evidence: { recipients: [0], reason: 'unsubscribe_all' } },
  });
});

test('another reason beside it stops every email, and is the one that is named', () => {
  const suppressions = [
    { index: 0, scope: 'org' as const, reason: 'unsubscribe' },
    { index: 1, scope: 'org' as const, reason: 'complaint' },
  ];
  expect(judge('suppression_check', { facts: { suppressions } })).toMatchObject({
    status: 'failed',
    evidence: { recipients: [1], reason: 'complaint' },
  });
});
