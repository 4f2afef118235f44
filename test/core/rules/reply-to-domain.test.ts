import { expect, test } from 'vitest';
import { aRevision } from '../../support/arbitraries.js';
import { judge, mailbox } from './judge.js';

const at = (address: string, replyTo: string[] = []) =>
  judge('reply_to_domain', {
    policy: { replyTo },
    revision: aRevision({ replyTo: { address } }),
    facts: mailbox({ address: 'agent@Sender.example' }),
  });
const DENIED = { status: 'failed', effect: 'deny' };

test('where answers go to the sender, there is nothing to say', () => {
  expect(judge('reply_to_domain')).toEqual({ status: 'skipped' });
});

test("answers may go to the mailbox's own domain, exactly", () => {
  expect(at('desk@SENDER.example')).toEqual({ status: 'passed' });
  for (const other of ['desk@mail.sender.example', 'desk@sender.example.evil.test', 'desk@evil.test'])
    expect(at(other), other).toEqual(DENIED);
});

test('the policy grants others', () => {
  expect(at('desk@help.example', ['help.example'])).toEqual({ status: 'passed' });
  expect(at('desk@mail.sender.example', ['*.sender.example'])).toEqual({ status: 'passed' });
  expect(at('desk@evil.test', ['help.example', '*.sender.example'])).toEqual(DENIED);
});
