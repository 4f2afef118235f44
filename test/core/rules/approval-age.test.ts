/** @module What a person has approved goes when the approval is old enough. */
import { expect, test } from 'vitest';
import { NOW } from '../../support/arbitraries.js';
import { judge } from './judge.js';

const before = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const age = (approvalAgeMinutes: number, approvedAt: string | null) =>
  judge('approval_age', { policy: { approvalAgeMinutes }, facts: { approvedAt } });

test('an email waits until its approval has the age of the policy, and then goes', () => {
  expect(age(10, before(4))).toEqual({
    status: 'failed',
    effect: 'wait',
    evidence: { minutes: 10 },
    until: before(-6),
  });
  expect(age(10, before(10))).toEqual({ status: 'passed', evidence: { minutes: 10 } });
});

test('one that nobody approved, or with no age asked for, is not looked at', () => {
  expect(age(10, null)).toEqual({ status: 'skipped' });
  expect(age(0, before(0))).toEqual({ status: 'skipped' });
});

test('the time that was set for it counts, where it is later', () => {
  const facts = { approvedAt: before(4), goesAt: before(-60) };
  expect(judge('approval_age', { policy: { approvalAgeMinutes: 10 }, facts }).status).toBe('passed');
});
