import { expect, test } from 'vitest';
import { evaluate } from '../../../src/core/policy/evaluate.js';
import { aPolicy, NOW, theFacts } from '../../support/arbitraries.js';
import { judge } from './judge.js';
import { found, toCcBcc } from './recipients.js';

const revision = toCcBcc('ada@client.example', 'bob@client.example', 'cyd@client.example');

test('old acquaintances pass, strangers are for a person to look at', () => {
  expect(judge('first_contact', { revision, facts: { contacted: [0, 1, 2] } })).toEqual({ status: 'passed' });
  expect(judge('first_contact', { revision, facts: { contacted: [1] } })).toEqual(found('review', 0, 2));
});

test('nobody looks where the policy does not say so', () => {
  const outcome = (policy = {}) => evaluate(aPolicy(policy), revision, theFacts(), NOW).outcome;
  expect(outcome()).toBe('allow');
  expect(outcome({ modes: { first_contact: 'enforce' } })).toBe('review');
});
