import { expect, test } from 'vitest';
import { aPolicy, aRevision, NOW, theFacts } from '../../support/arbitraries.js';
import { evaluate } from '../../../src/core/policy/evaluate.js';
import { judge } from './judge.js';

test('an email with a reason passes, and the reason is not in the evidence', () => {
  expect(judge('reason_required', { facts: { reason: 'Order 17 was paid' } })).toEqual({ status: 'passed' });
});

test.each([null, '', ' \n'])('%j is no reason', (reason) => {
  expect(judge('reason_required', { facts: { reason } })).toEqual({ status: 'failed', effect: 'deny' });
});

test('nobody asks for one where the policy does not', () => {
  const outcome = (policy = {}) => evaluate(aPolicy(policy), aRevision(), theFacts(), NOW).outcome;
  expect(outcome()).toBe('allow');
  expect(outcome({ modes: { reason_required: 'enforce' } })).toBe('deny');
});
