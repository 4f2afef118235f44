import { expect, test } from 'vitest';
import { to } from '../../support/arbitraries.js';
import { judge } from './judge.js';

const revision = to('a@x.example', 'b@x.example');
const leases = [
  { index: 1, holder: 'prn_b', until: '2026-03-01T12:30:00.000Z' },
  { index: 0, holder: 'prn_a', until: '2026-03-01T12:10:00.000Z' },
];
const found = { status: 'failed', until: '2026-03-01T12:30:00.000Z' };
const evidence = { recipients: [0, 1], holder: 'prn_b', until: '2026-03-01T12:30:00.000Z' };

test('a contact whom another holds is denied, with who holds it longest and until when', () => {
  expect(judge('lease_conflict', { revision })).toEqual({ status: 'passed' });
  expect(judge('lease_conflict', { revision, facts: { leases } })).toEqual({
    ...{ ...found, effect: 'deny', evidence },
  });
});

test('what was accepted before waits until the lease ends', () => {
  expect(judge('lease_conflict', { revision, facts: { leases, admitted: true } })).toEqual({
    ...{ ...found, effect: 'wait', evidence },
  });
});
