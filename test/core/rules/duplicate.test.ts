import { expect, test } from 'vitest';
import { judge } from './judge.js';

const policy = { duplicateMinutes: 10 };

test('what was sent before is denied, and the email that was first is named', () => {
  expect(judge('duplicate', { policy })).toEqual({ status: 'passed' });
  expect(judge('duplicate', { policy, facts: { duplicateOf: 'msg_first' } })).toEqual({
    ...{ status: 'failed', effect: 'deny', evidence: { duplicateOf: 'msg_first' } },
  });
});

test('nothing is a duplicate where the policy has no window for it, or once it was accepted', () => {
  const facts = { duplicateOf: 'msg_first' };
  expect(judge('duplicate', { facts })).toEqual({ status: 'skipped' });
  expect(judge('duplicate', { policy, facts: { ...facts, admitted: true } })).toEqual({ status: 'skipped' });
});
