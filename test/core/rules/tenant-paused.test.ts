import { expect, test } from 'vitest';
import { judge } from './judge.js';

test('an active org may send', () => {
  expect(judge('tenant_paused')).toEqual({ status: 'passed' });
});

test('a paused org sends nothing', () => {
  expect(judge('tenant_paused', { facts: { org: { status: 'paused' } } })).toEqual({
    status: 'failed',
    effect: 'deny',
    evidence: { status: 'paused' },
  });
});
