import { expect, test } from 'vitest';
import { judge } from './judge.js';
import { found, toCcBcc } from './recipients.js';

const revision = toCcBcc('ada@client.example', 'bob@client.example', 'cyd@client.example');

test('recipients at whom nothing bounced pass', () => {
  expect(judge('hard_bounced', { revision })).toEqual({ status: 'passed' });
});

test('whoever bounced before is denied and named by index', () => {
  expect(judge('hard_bounced', { revision, facts: { hardBounced: [2, 0] } })).toEqual(found('deny', 0, 2));
});
