import { expect, test } from 'vitest';
import type { Category } from '../../../src/core/email/request.js';
import type { Consent } from '../../../src/core/policy/facts.js';
import type { Finding } from '../../../src/core/policy/rule.js';
import type { PolicyInput } from '../../../src/core/policy/schema.js';
import { aRevision, NOW } from '../../support/arbitraries.js';
import { judge } from './judge.js';

const GRANTED = '2026-01-31T09:00:00.000Z';
const consent = (change: Partial<Consent> = {}): Consent => ({
  ...{ index: 0, basis: 'explicit_opt_in', jurisdiction: 'GDPR', grantedAt: GRANTED, expiresAt: null },
  ...change,
});
const news = aRevision({ category: 'commercial' });
const say = (consents: Consent[], policy: PolicyInput = {}, revision = news): Finding =>
  judge('consent_validation', { policy, revision, facts: { consents } });

test('commercial email to whoever said nothing is denied; other email needs no consent by default', () => {
  expect(say([])).toEqual({ status: 'failed', effect: 'deny', evidence: { recipients: [0] } });
  for (const category of ['transactional', 'conversational'] as const)
    expect(say([], {}, aRevision({ category })).status).toBe('skipped');
});

test('a policy says which categories need it', () => {
  const of = (category: Category): string =>
    say([], { consent: { requiredFor: ['conversational'] } }, aRevision({ category })).status;
  expect([of('conversational'), of('commercial')]).toEqual(['failed', 'skipped']);
});

test('who has agreed is written to, and the evidence says to what and when', () => {
  expect(say([consent()])).toEqual({
    status: 'passed',
    evidence: { basis: 'explicit_opt_in', jurisdiction: 'GDPR', consentDate: GRANTED },
  });
});

test('one of several without consent denies all, each named by index', () => {
  const revision = aRevision({
    ...{
      category: 'commercial' as const,
      cc: [{ address: 'b@c.example' }],
      bcc: [{ address: 'd@c.example' }],
    },
  });
  expect(say([consent({ index: 1 })], {}, revision)).toMatchObject({
    ...{ effect: 'deny', evidence: { recipients: [0, 2] } },
  });
});

test.each([
  ['the sender’s own interest in Canada', { basis: 'legitimate_interest', jurisdiction: 'CASL' }],
  ['a purchase under the GDPR', { basis: 'implied_purchase', jurisdiction: 'GDPR' }],
  ['an interest where nobody knows the law', { basis: 'legitimate_interest', jurisdiction: 'other' }],
  ['a basis that the policy does not take', { basis: 'legal_obligation', jurisdiction: 'CCPA' }],
  ['one that ends now', { expiresAt: NOW.toISOString() }],
  ['one that is given later', { grantedAt: '2026-03-01T12:00:00.001Z' }],
] as const)('%s is no consent', (_, change) => {
  expect(say([consent(change)])).toMatchObject({ effect: 'deny', evidence: { recipients: [0] } });
});

test.each([
  ['the sender’s own interest under the GDPR', { basis: 'legitimate_interest', jurisdiction: 'GDPR' }],
  ['an inquiry in Canada', { basis: 'implied_inquiry', jurisdiction: 'CASL' }],
  ['anybody who did not opt out in the USA', { basis: 'implied_inquiry', jurisdiction: 'CAN-SPAM' }],
  ['one that ends in a millisecond', { expiresAt: '2026-03-01T12:00:00.001Z' }],
] as const)('%s is enough', (_, change) => {
  expect(say([consent(change)]).status).toBe('passed');
});

test('of several the one that ends first is told of', () => {
  const revision = aRevision({ category: 'commercial', cc: [{ address: 'b@c.example' }] });
  const ends = '2026-07-31T09:00:00.000Z';
  expect(say([consent(), consent({ index: 1, expiresAt: ends })], {}, revision).evidence).toMatchObject({
    expiresAt: ends,
  });
});
