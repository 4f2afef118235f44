/** @module Whether one policy is looser than another: what the fields say, and what becomes of emails. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/core/policy/evaluate.js';
import { loosenedFields } from '../../src/core/policy/loosening.js';
import { policySchema, type Policy, type PolicyInput } from '../../src/core/policy/schema.js';
import type { Verdict } from '../../src/core/policy/verdict.js';
import { aPolicy, NOW } from '../support/arbitraries.js';
import { anyFacts, anyPolicy, anyRevision, foundFor } from '../support/policies.js';

const NINE_TO_FIVE = { from: '09:00', until: '17:00' };
const NIGHT = { from: '22:00', until: '06:00' };
const BERLIN = [{ recipients: ['a.example'], timeZone: 'Europe/Berlin' }];

/** The field; a policy, and one step from it to a stricter one. */
const STEPS: [field: string, looser: PolicyInput, stricter: PolicyInput][] = [
  ['modes.role_account', { modes: { role_account: 'off' } }, { modes: { role_account: 'enforce' } }],
  ['modes.cooldown', { modes: { cooldown: 'warn' } }, {}],
  ['allow', {}, { allow: [] }],
  ['allow', { allow: ['a.example', 'b.example'] }, { allow: ['b.example'] }],
  ['deny', {}, { deny: ['a.example'] }],
  ['vip', {}, { vip: ['a.example'] }],
  ['replyTo', { replyTo: ['a.example'] }, {}],
  ['recipients.max', {}, { recipients: { max: 49 } }],
  ['recipients.maxExternal', {}, { recipients: { maxExternal: 49 } }],
  ['recipients.perHour', {}, { recipients: { perHour: 4 } }],
  ['recipients.cooldownMinutes', {}, { recipients: { cooldownMinutes: 1 } }],
  ['recipients.distinct.fiveMinutes', {}, { recipients: { distinct: { fiveMinutes: 1 } } }],
  ['recipients.distinct.day', {}, { recipients: { distinct: { day: 1 } } }],
  ['recipients.distinct.month', {}, { recipients: { distinct: { month: 1 } } }],
  ['limits.hourly', {}, { limits: { hourly: 99 } }],
  ['limits.daily', {}, { limits: { daily: 499 } }],
  ['limits.monthly', {}, { limits: { monthly: 2999 } }],
  ['limits.onLimit', { limits: { onLimit: 'wait' } }, { limits: { onLimit: 'deny' } }],
  ['limits.rates', {}, { limits: { rates: [{ per: 'org', window: 'day', limit: 1 }] } }],
  [
    'limits.rates',
    { limits: { rates: [{ per: 'org', window: 'day', limit: 2 }] } },
    { limits: { rates: [{ per: 'org', window: 'day', limit: 1 }] } },
  ],
  [
    'limits.rates',
    { limits: { rates: [{ per: 'org', window: 'day', limit: 1, onLimit: 'wait' }] } },
    { limits: { rates: [{ per: 'org', window: 'day', limit: 1 }] } },
  ],
  ['warmUp', {}, { warmUp: { startedOn: '2026-03-01' } }],
  [
    'warmUp',
    { warmUp: { startedOn: '2026-03-01', steps: [{ fromDay: 0, perDay: 5 }] } },
    {
      warmUp: {
        startedOn: '2026-03-01',
        steps: [
          { fromDay: 0, perDay: 4 },
          { fromDay: 9, perDay: 5 },
        ],
      },
    },
  ],
  ['negativeSignalsPerDay', {}, { negativeSignalsPerDay: 49 }],
  ['onSuppressed', { onSuppressed: 'drop' }, {}],
  ['consent.requiredFor', {}, { consent: { requiredFor: ['commercial', 'conversational'] } }],
  ['consent.bases', {}, { consent: { bases: ['explicit_opt_in'] } }],
  ['hours.allowed', {}, { hours: { allowed: [NINE_TO_FIVE] } }],
  [
    'hours.allowed',
    { hours: { allowed: [NINE_TO_FIVE] } },
    {
      hours: {
        allowed: [
          { from: '09:00', until: '12:00' },
          { from: '13:00', until: '17:00' },
        ],
      },
    },
  ],
  ['hours.quiet', {}, { hours: { quiet: [NIGHT] } }],
  ['hours.quiet', { hours: { quiet: [NIGHT] } }, { hours: { quiet: [{ ...NIGHT, from: '21:00' }] } }],
  ['hours.holidays', {}, { hours: { holidays: ['2026-12-25'] } }],
  ['hours.except', { hours: { quiet: [NIGHT], except: ['transactional'] } }, { hours: { quiet: [NIGHT] } }],
  ['duplicateMinutes', {}, { duplicateMinutes: 1 }],
  [
    'oversight.exempt',
    { oversight: { bcc: 'boss@sender.example', exempt: ['a.example'] } },
    { oversight: { bcc: 'boss@sender.example' } },
  ],
  ['loop.denials', {}, { loop: { denials: 99 } }],
  ['loop.minutes', {}, { loop: { minutes: 11 } }],
  ['undoSeconds', {}, { undoSeconds: 1 }],
  ['approvalMinutes', {}, { approvalMinutes: 60 }],
  ['approvalAgeMinutes', {}, { approvalAgeMinutes: 1 }],
];

/** Which of two is stricter nobody can say. */
const EITHER_WAY: [field: string, one: PolicyInput, other: PolicyInput][] = [
  ['hours.timeZone', { hours: { quiet: [NIGHT] } }, { hours: { quiet: [NIGHT], timeZone: 'Asia/Tokyo' } }],
  ['hours.ofRecipients', { hours: { quiet: [NIGHT] } }, { hours: { quiet: [NIGHT], ofRecipients: BERLIN } }],
  ['warmUp', { warmUp: { startedOn: '2026-03-01' } }, { warmUp: { startedOn: '2026-03-02' } }],
  ['allow', { allow: ['a.example'] }, { allow: ['b.example'] }],
  // Whoever gets the copy reads everything.
  ['oversight.bcc', {}, { oversight: { bcc: 'boss@sender.example' } }],
  [
    'oversight.bcc',
    { oversight: { bcc: 'boss@sender.example' } },
    { oversight: { bcc: 'nobody@sender.example' } },
  ],
];

const loosened = (before: PolicyInput, after: PolicyInput): string[] =>
  loosenedFields(aPolicy(before), aPolicy(after));

describe('field by field', () => {
  test.each(STEPS)(
    'a step of %s is seen as stricter one way, and as looser the other',
    (name, looser, stricter) => {
      expect(loosened(looser, stricter)).toEqual([]);
      expect(loosened(stricter, looser)).toEqual([name]);
    },
  );

  test.each(EITHER_WAY)('a change of %s counts as looser both ways', (name, one, other) => {
    expect(loosened(one, other)).toEqual([name]);
    expect(loosened(other, one)).toEqual([name]);
  });

  test('every field that a policy can have has a step here', () => {
    const full = aPolicy({
      allow: ['a.example'],
      oversight: { bcc: 'boss@sender.example' },
      recipients: { maxExternal: 1, distinct: { fiveMinutes: 1, day: 1, month: 1 } },
      warmUp: { startedOn: '2026-03-01' },
    });
    const names = new Set([...STEPS, ...EITHER_WAY].map(([name]) => name));
    const groups = (value: object, path = ''): string[] =>
      Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
        const name = `${path}${key}`;
        if (names.has(name)) return [];
        const isGroup = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
        return isGroup ? groups(inner, `${name}.`) : [name];
      });
    expect(groups(full)).toEqual([]);
    expect(Object.keys(full).sort()).toEqual(Object.keys(policySchema.shape).sort());
  });

  test('hours that say the same in another way are no looser', () => {
    const quiet = { hours: { quiet: [{ from: '17:00', until: '09:00' }] } };
    const allowed = { hours: { allowed: [NINE_TO_FIVE] } };
    expect(loosened(quiet, allowed)).toEqual([]);
    expect(loosened(allowed, quiet)).toEqual([]);
  });

  test('a field of a later version counts as looser wherever it differs', () => {
    const later = { ...aPolicy(), somethingNew: { deep: 1 }, other: [1] } as Policy;
    expect(loosenedFields(aPolicy(), later)).toEqual(['somethingNew.deep', 'other']);
    expect(loosenedFields(later, { ...later })).toEqual([]);
    const hours = { ...aPolicy({ hours: { quiet: [NIGHT] } }).hours, sabbath: true };
    expect(loosenedFields(aPolicy({ hours: { quiet: [NIGHT] } }), { ...aPolicy(), hours })).toEqual([
      'hours.sabbath',
    ]);
  });
});

const STRENGTH: Readonly<Record<Verdict['outcome'], number>> = { allow: 0, wait: 1, review: 2, deny: 3 };

/** The first policy with every setting of the second that is no looser, down to the settings of its groups. */
function tightened(policy: Policy, other: Policy): Policy {
  let result = policy;
  const take = (candidate: Policy): void => {
    const isOne = policySchema.safeParse(candidate).success;
    if (isOne && loosenedFields(result, candidate).length === 0) result = candidate;
  };
  for (const [name, value] of Object.entries(other) as [keyof Policy, unknown][]) {
    take({ ...result, [name]: value });
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    for (const [key, inner] of Object.entries(value))
      take({ ...result, [name]: { ...(result[name] as object | undefined), [key]: inner as unknown } });
  }
  return result;
}

describe('a policy that is no looser', () => {
  const changes = fc.tuple(anyPolicy, anyPolicy).map(([one, other]) => [one, tightened(one, other)] as const);

  test('lets no email through that the other one denies, holds or delays, and weakens no outcome', () => {
    let differing = 0;
    fc.assert(
      fc.property(changes, anyRevision, anyFacts, ([policy, stricter], revision, facts) => {
        const [was, is] = [policy, stricter].map(
          (one) => evaluate(one, revision, foundFor(one, facts), NOW).outcome,
        );
        if (was !== is) differing += 1;
        expect(STRENGTH[is ?? 'allow']).toBeGreaterThanOrEqual(STRENGTH[was ?? 'allow']);
      }),
      { numRuns: 500 },
    );
    // Else the property holds because nothing is ever asked.
    expect(differing).toBeGreaterThan(10);
  });

  test('is no looser than the first where each is no looser than the one before it', () => {
    fc.assert(
      fc.property(changes, anyPolicy, ([first, second], other) => {
        expect(loosenedFields(first, tightened(second, other))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
