/** @module In what two policies differ, and when one is a dead end. */
import { expect, test } from 'vitest';
import { deadEnds } from '../../src/core/policy/dead-ends.js';
import { differences } from '../../src/core/policy/differences.js';
import type { PolicyInput } from '../../src/core/policy/schema.js';
import { aPolicy } from '../support/arbitraries.js';

test('each setting that differs is named, with what it was, what it is, and whether that is looser', () => {
  const before = aPolicy({ deny: ['a.example'], oversight: { bcc: 'boss@a.example' } });
  const after = aPolicy({ limits: { hourly: 5 }, modes: { duplicate: 'off' } });
  expect(differences(before, after)).toEqual([
    { field: 'deny', before: ['a.example'], after: [], loosens: true },
    { field: 'limits.hourly', before: 100, after: 5, loosens: false },
    { field: 'oversight.bcc', before: 'boss@a.example', after: null, loosens: true },
    { field: 'oversight.exempt', before: [], after: null, loosens: false },
    { field: 'modes.duplicate', before: null, after: 'off', loosens: true },
  ]);
  expect(differences(before, before)).toEqual([]);
});

test.each<[string[], PolicyInput]>([
  [['allow'], { allow: [] }],
  [['allow'], { allow: ['a.example', 'ada@b.example'], deny: ['*.example', 'a.example', 'b.example'] }],
  [[], { allow: ['a.example'], deny: ['ada@a.example'] }],
  [[], { allow: [], modes: { recipient_allow_list: 'warn' } }],
  [['recipients.perHour'], { recipients: { perHour: 0 } }],
  [['recipients.distinct.day'], { recipients: { distinct: { day: 0 } } }],
  [['limits.hourly', 'limits.monthly'], { limits: { hourly: 0, monthly: 0 } }],
  [['limits.rates'], { limits: { rates: [{ per: 'org', window: 'day', limit: 0 }] } }],
  [
    ['hours'],
    { hours: { allowed: [{ from: '09:00', until: '17:00' }], quiet: [{ from: '08:00', until: '18:00' }] } },
  ],
  [
    [],
    { hours: { allowed: [{ from: '09:00', until: '17:00' }], quiet: [{ from: '08:00', until: '16:00' }] } },
  ],
  [[], {}],
])('of what can never let anything through it names %j', (fields, input) => {
  expect(deadEnds(aPolicy(input)).map(({ field }) => field)).toEqual(fields);
});
