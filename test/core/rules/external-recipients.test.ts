import { expect, test } from 'vitest';
import { judge } from './judge.js';
import { toCcBcc } from './recipients.js';

const revision = toCcBcc('ada@client.example', 'eve@Sender.example', 'bob@mail.sender.example');
const at = (maxExternal?: number) =>
  judge('external_recipients', {
    revision,
    policy: { recipients: maxExternal === undefined ? {} : { maxExternal } },
  });

test('without a limit there is nothing to say', () => {
  expect(at()).toEqual({ status: 'skipped' });
});

test("recipients outside of the mailbox's own domain count, and those of its subdomains do", () => {
  expect(at(2)).toEqual({ status: 'passed', evidence: { current: 2, limit: 2 } });
  expect(at(1)).toEqual({ status: 'failed', effect: 'deny', evidence: { current: 2, limit: 1 } });
  expect(at(0)).toMatchObject({ effect: 'deny' });
});
