import { expect, test } from 'vitest';
import { aRevision } from '../../support/arbitraries.js';
import { judge } from './judge.js';

const revision = aRevision({
  to: [{ address: 'ada@client.example' }],
  cc: [{ address: 'bob@other.example' }],
  bcc: [{ address: 'cyd@other.example' }],
});

test('without a list there is nothing to say', () => {
  expect(judge('recipient_deny_list', { revision })).toEqual({ status: 'skipped' });
});

test('a list that names nobody here passes', () => {
  expect(judge('recipient_deny_list', { revision, policy: { deny: ['*.other.example'] } })).toEqual({
    status: 'passed',
  });
});

test('whoever is on it is denied and named by index, in Cc and Bcc too', () => {
  expect(judge('recipient_deny_list', { revision, policy: { deny: ['other.example'] } })).toEqual({
    status: 'failed',
    effect: 'deny',
    evidence: { recipients: [1, 2] },
  });
});
