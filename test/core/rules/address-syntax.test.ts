import { expect, test } from 'vitest';
import { aRevision, to } from '../../support/arbitraries.js';
import { judge } from './judge.js';

test('usual addresses pass', () => {
  expect(judge('address_syntax', { revision: to('ada@client.example', 'bob+x@client.example') })).toEqual({
    status: 'passed',
  });
});

test('addresses that providers mangle are denied and named by their index, over To, Cc and Bcc', () => {
  const revision = aRevision({
    to: [{ address: 'ada@client.example' }, { address: '"a b"@client.example' }],
    cc: [{ address: 'żaneta@client.example' }],
    bcc: [{ address: 'bob@client.123' }],
  });
  expect(judge('address_syntax', { revision })).toEqual({
    status: 'failed',
    effect: 'deny',
    evidence: { recipients: [1, 2, 3] },
  });
});
