/** @module How an entry of a list matches; the lists themselves have tests of their own. */
import { expect, test } from 'vitest';
import { matches, matchesAny } from '../../../src/core/policy/rules/recipient-pattern.js';
import { policySchema } from '../../../src/core/policy/schema.js';

test.each([
  ['ada@client.example', 'ada@client.example', true],
  ['ada@client.example', 'ADA+news@client.example', true],
  ['ada@client.example', 'adam@client.example', false],
  ['ada@client.example', 'ada@mail.client.example', false],
  ['client.example', 'ada@client.example', true],
  ['client.example', 'ada@CLIENT.example', true],
  ['client.example', 'ada@mail.client.example', false],
  ['client.example', 'ada@notclient.example', false],
  ['*.client.example', 'ada@mail.client.example', true],
  ['*.client.example', 'ada@a.b.client.example', true],
  ['*.client.example', 'ada@client.example', false],
  ['*.client.example', 'ada@notclient.example', false],
  ['client.example', '"x@client.example"@other.example', false],
])('%s on %s: %s', (pattern, address, expected) => {
  expect(matches(pattern, address)).toBe(expected);
  expect(matchesAny(['nobody.example', pattern], address)).toBe(expected);
});

test('an entry is read as addresses are: case, spaces and the form of the domain do not matter', () => {
  const { deny } = policySchema.parse({ deny: [' Ada@BÜCHER.example ', 'CLIENT.example'] });
  expect(matchesAny(deny, 'ada@xn--bcher-kva.example')).toBe(true);
  expect(matchesAny(deny, 'bob@client.example')).toBe(true);
});

test.each([
  '',
  '*',
  '*.',
  'localhost',
  '@client.example',
  'ada@',
  'a b.example',
  '*.*.example',
  '-a.example',
  'http://client.example',
])('%j is refused as an entry', (entry) => {
  expect(policySchema.safeParse({ deny: [entry] }).success).toBe(false);
  expect(policySchema.safeParse({ allow: [entry] }).success).toBe(false);
});
