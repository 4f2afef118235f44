import { expect, test } from 'vitest';
import { judge } from './judge.js';
import { toCcBcc } from './recipients.js';

const revision = toCcBcc('ada@client.example', 'bob@client.example', 'cyd@sender.example');
const at = (max: number) => judge('recipient_count', { revision, policy: { recipients: { max } } });

test('as many recipients as the limit pass, over To, Cc and Bcc; one more is denied', () => {
  expect(at(3)).toEqual({ status: 'passed', evidence: { current: 3, limit: 3 } });
  expect(at(2)).toEqual({ status: 'failed', effect: 'deny', evidence: { current: 3, limit: 2 } });
});
