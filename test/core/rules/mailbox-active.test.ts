import { expect, test } from 'vitest';
import { judge, mailbox } from './judge.js';

test('an active mailbox may send', () => {
  expect(judge('mailbox_active')).toEqual({ status: 'passed' });
});

test('a paused mailbox takes no new email', () => {
  expect(judge('mailbox_active', { facts: mailbox({ status: 'paused' }) })).toEqual({
    status: 'failed',
    effect: 'deny',
    evidence: { status: 'paused' },
  });
});
