import { expect, test } from 'vitest';
import { judge } from './judge.js';
import { found, toCcBcc } from './recipients.js';

const revision = toCcBcc('ada@client.example', 'ceo+x@client.example', 'bob@press.example');
const by = (vip?: string[]) => judge('vip_recipient', { revision, policy: vip ? { vip } : {} });

test('without a list there is nothing to say, and nobody on it passes', () => {
  expect(by()).toEqual({ status: 'skipped' });
  expect(by(['ceo@other.example'])).toEqual({ status: 'passed' });
});

test('a person looks at an email to anybody on it, in Cc and Bcc too', () => {
  expect(by(['CEO@client.example', 'press.example'])).toEqual(found('review', 1, 2));
});
