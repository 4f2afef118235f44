import { expect, test } from 'vitest';
import { aRevision } from '../../support/arbitraries.js';
import { judge } from './judge.js';

const revision = aRevision({
  to: [{ address: 'ada@client.example' }],
  cc: [{ address: 'bob@other.example' }],
  bcc: [{ address: 'cyd@third.example' }],
});

test('without a list everybody may be written to', () => {
  expect(judge('recipient_allow_list', { revision })).toEqual({ status: 'skipped' });
});

test('everybody on it passes', () => {
  const allow = ['client.example', 'bob@other.example', 'third.example'];
  expect(judge('recipient_allow_list', { revision, policy: { allow } })).toEqual({ status: 'passed' });
});

test('whoever is not on it is denied and named by index, in Cc and Bcc too', () => {
  expect(judge('recipient_allow_list', { revision, policy: { allow: ['client.example'] } })).toEqual({
    status: 'failed',
    effect: 'deny',
    evidence: { recipients: [1, 2] },
  });
});

test('a list that is set but empty blocks everybody', () => {
  expect(judge('recipient_allow_list', { revision, policy: { allow: [] } })).toMatchObject({
    effect: 'deny',
    evidence: { recipients: [0, 1, 2] },
  });
});
