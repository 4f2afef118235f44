import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRevision } from '../../support/arbitraries.js';
import { judge } from './judge.js';

const revision = aRevision({
  to: [{ address: 'ada@client.example' }],
  cc: [{ address: 'bob@other.example' }],
  bcc: [{ address: 'cyd@other.example' }],
});

test('without a list there is nothing to say', () => {
  expect(judge('recipient_deny_list', { revision })).toEqual({ status: 'skipped' });
});

test('a list that names nobody here passes', () => {
  expect(judge('recipient_deny_list', { revision, policy: { deny: ['*.other.example'] } })).toEqual({
    status: 'passed',
  });
});

test('whoever is on it is denied and named by index, in Cc and Bcc too', () => {
  expect(judge('recipient_deny_list', { revision, policy: { deny: ['other.example'] } })).toEqual({
    status: 'failed',
    effect: 'deny',
    evidence: { recipients: [1, 2] },
  });
});

test('whoever is on it is denied, wherever among however many others', () => {
  const name = fc.stringMatching(/^[a-z]{1,8}$/u);
  const others = fc
    .array(name, { maxLength: 5 })
    .map((names) => names.map((one) => ({ address: `${one}@ok.example` })));
  const entry = fc.constantFrom<[entry: string, address: string]>(
    ['eve@evil.test', 'Eve+x@EVIL.test'],
    ['evil.test', 'eve@evil.test'],
    ['*.evil.test', 'eve@a.b.evil.test'],
    ['e*@evil.*', 'eve@evil.test'],
    ['/.*@evil\\.test/', 'eve@evil.test'],
  );
  fc.assert(
    fc.property(
      fc.tuple(others, others, others),
      fc.nat(2),
      fc.nat(5),
      entry,
      (lists, which, at, [deny, address]) => {
        lists[which]?.splice(at, 0, { address });
        const [to, cc, bcc] = lists;
        const finding = judge('recipient_deny_list', {
          revision: aRevision({ to, cc, bcc }),
          policy: { deny: [deny] },
        });
        const all = lists.flat().map((one) => one.address);
        expect(finding).toMatchObject({ effect: 'deny', evidence: { recipients: [all.indexOf(address)] } });
      },
    ),
  );
});
