import { expect, test } from 'vitest';
import { to } from '../../support/arbitraries.js';
import { judge } from './judge.js';

const revision = to('thread@x.example', 'other@x.example');

test('nobody declares it: nothing is said', () => {
  expect(judge('untrusted_input', { revision })).toEqual({ status: 'skipped' });
});

test.each([
  ['an answer to the thread passes', [0, 1], { status: 'passed' }],
  [
    'whoever was no part of it is for a person',
    [0],
    { status: 'failed', effect: 'review', evidence: { recipients: [1] } },
  ],
  ['without a thread, all are', [], { status: 'failed', effect: 'review', evidence: { recipients: [0, 1] } }],
])('%s', (_, threadRecipients, finding) => {
  expect(judge('untrusted_input', { revision, facts: { untrusted: { threadRecipients } } })).toEqual(finding);
});
