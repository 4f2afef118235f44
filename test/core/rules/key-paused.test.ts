import { expect, test } from 'vitest';
import { judge } from './judge.js';

const key = (status: 'active' | 'paused') => ({ key: { status, categories: null } });

test('an active key may send, and what was started without a door has none', () => {
  expect(judge('key_paused', { facts: key('active') })).toEqual({ status: 'passed' });
  expect(judge('key_paused', { facts: { key: null } })).toEqual({ status: 'skipped' });
});

test('what came with a paused key is denied', () => {
  expect(judge('key_paused', { facts: key('paused') })).toEqual({
    status: 'failed',
    effect: 'deny',
    evidence: { status: 'paused' },
  });
});
