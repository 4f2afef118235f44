import { expect, test } from 'vitest';
import type { Facts } from '../../../src/core/policy/facts.js';
import { judge, mailbox } from './judge.js';

const SWITCHES: [string, Partial<Facts>][] = [
  ['tenant_paused', { org: { status: 'paused' } }],
  ['mailbox_active', mailbox({ status: 'paused' })],
  ['key_paused', { key: { status: 'paused', categories: null } }],
];

test.each(SWITCHES)('%s: what was accepted before waits, and looks again in an hour', (rule, facts) => {
  expect(judge(rule, { facts: { ...facts, admitted: true } })).toEqual({
    ...{ status: 'failed', effect: 'wait', evidence: { status: 'paused' } },
    until: '2026-03-01T13:00:00.000Z',
  });
});
