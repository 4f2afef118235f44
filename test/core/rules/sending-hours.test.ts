/** @module When email goes out: on the clock of a zone, with its holidays and its changes of the clock. */
import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { describe, expect, test } from 'vitest';
import { nextOpening } from '../../../src/core/policy/open-hours.js';
import { policySchema, type PolicyInput } from '../../../src/core/policy/schema.js';
import { WEEKDAYS } from '../../../src/core/policy/settings/hours.js';
import { aPolicy, aRevision, to } from '../../support/arbitraries.js';
import { judge } from './judge.js';

type HoursInput = NonNullable<PolicyInput['hours']>;

const WORKDAYS = { days: ['mon', 'tue', 'wed', 'thu', 'fri'] as const, from: '09:00', until: '17:00' };
const OFFICE: HoursInput = {
  timeZone: 'Europe/Berlin',
  allowed: [{ ...WORKDAYS, days: [...WORKDAYS.days] }],
};

const at = (goesAt: string, hours: HoursInput, revision = aRevision()) =>
  judge('sending_hours', { policy: { hours }, facts: { goesAt }, revision });
const opening = (hours: HoursInput, from: string, ...zones: string[]): string | undefined =>
  nextOpening(aPolicy({ hours }).hours, zones, new Date(from))?.toISOString();

describe('the hours of a policy', () => {
  test('are not asked about where there are none, or for a category that they leave out', () => {
    expect(at('2026-03-01T03:00:00.000Z', {})).toEqual({ status: 'skipped' });
    expect(at('2026-03-01T03:00:00.000Z', { ...OFFICE, except: ['transactional'] })).toEqual({
      status: 'skipped',
    });
  });

  test('let an email through within them, and hold it until they open outside of them', () => {
    expect(at('2026-03-02T10:00:00.000Z', OFFICE)).toEqual({
      status: 'passed',
      evidence: { timeZone: 'Europe/Berlin', clock: 'mon 11:00' },
    });
    // Saturday.
    expect(at('2026-03-07T10:00:00.000Z', OFFICE)).toEqual({
      status: 'failed',
      effect: 'wait',
      evidence: { timeZone: 'Europe/Berlin', clock: 'sat 11:00' },
      until: '2026-03-09T08:00:00.000Z',
    });
  });

  test('begin with their first minute and end before their last', () => {
    expect(at('2026-03-02T08:00:00.000Z', OFFICE).status).toBe('passed');
    expect(at('2026-03-02T15:59:59.999Z', OFFICE).status).toBe('passed');
    expect(at('2026-03-02T16:00:00.000Z', OFFICE)).toMatchObject({ until: '2026-03-03T08:00:00.000Z' });
  });

  test('are shut on holidays, by the date of the zone', () => {
    const holidays = ['2026-03-03', '2026-03-04'];
    expect(at('2026-03-02T16:00:00.000Z', { ...OFFICE, holidays })).toMatchObject({
      until: '2026-03-05T08:00:00.000Z',
    });
    // 23:30 in UTC is the day after it in Berlin.
    expect(at('2026-03-02T23:30:00.000Z', { timeZone: 'Europe/Berlin', holidays })).toMatchObject({
      until: '2026-03-04T23:00:00.000Z',
    });
  });

  test('of quiet go over midnight, and win over those that are allowed', () => {
    const quiet = [{ from: '22:00', until: '07:30' }];
    expect(at('2026-03-01T23:00:00.000Z', { quiet })).toMatchObject({ until: '2026-03-02T07:30:00.000Z' });
    expect(at('2026-03-02T07:30:00.000Z', { quiet }).status).toBe('passed');
    const allowed = [{ days: ['sun' as const], from: '21:00', until: '08:00' }];
    expect(at('2026-03-01T22:30:00.000Z', { allowed, quiet })).toMatchObject({
      until: '2026-03-02T07:30:00.000Z',
    });
  });

  test('deny with a word where they never open', () => {
    const never = {
      allowed: [{ from: '09:00', until: '10:00' }],
      quiet: [{ from: '08:00', until: '11:00' }],
    };
    expect(at('2026-03-02T10:00:00.000Z', never)).toEqual({
      status: 'failed',
      effect: 'deny',
      evidence: { timeZone: 'UTC', clock: 'mon 10:00', opens: 'never' },
    });
  });

  test('are those of every recipient, where the policy knows their zones', () => {
    const hours: HoursInput = {
      ...OFFICE,
      ofRecipients: [
        { recipients: ['client.example'], timeZone: 'America/New_York' },
        { recipients: ['other.example'], timeZone: 'Asia/Tokyo' },
      ],
    };
    // 10:00 in Berlin is 04:00 in New York, where it opens at 14:00 UTC.
    expect(at('2026-03-02T09:00:00.000Z', hours, to('ada@client.example'))).toMatchObject({
      until: '2026-03-02T14:00:00.000Z',
    });
    expect(at('2026-03-02T09:00:00.000Z', hours, to('bo@unnamed.example')).status).toBe('passed');
    expect(at('2026-03-02T09:00:00.000Z', hours, to('bo@unnamed.example', 'ada@client.example'))).toEqual({
      status: 'failed',
      effect: 'wait',
      evidence: { timeZone: 'Europe/Berlin', clock: 'mon 10:00', otherTimeZones: 1 },
      until: '2026-03-02T14:00:00.000Z',
    });
    // New York's day begins when Tokyo's is over.
    expect(at('2026-03-02T09:00:00.000Z', hours, to('ada@client.example', 'cy@other.example'))).toMatchObject(
      { effect: 'deny' },
    );
  });
});

describe('when the clock changes', () => {
  const BERLIN = 'Europe/Berlin';

  test('an opening in the hour that is skipped is the end of that hour', () => {
    // 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
    const night = { allowed: [{ from: '02:30', until: '04:00' }] };
    expect(opening(night, '2026-03-29T00:00:00.000Z', BERLIN)).toBe('2026-03-29T01:00:00.000Z');
    const gone = { allowed: [{ from: '02:00', until: '03:00' }] };
    expect(opening(gone, '2026-03-29T00:00:00.000Z', BERLIN)).toBe('2026-03-30T00:00:00.000Z');
  });

  test('an hour that comes twice is open both times', () => {
    // 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC.
    const night = { allowed: [{ from: '02:00', until: '02:30' }] };
    expect(opening(night, '2026-10-24T23:00:00.000Z', BERLIN)).toBe('2026-10-25T00:00:00.000Z');
    expect(opening(night, '2026-10-25T00:30:00.000Z', BERLIN)).toBe('2026-10-25T01:00:00.000Z');
    expect(opening(night, '2026-10-25T01:30:00.000Z', BERLIN)).toBe('2026-10-26T01:00:00.000Z');
  });

  test('nine in the morning stays nine in the morning', () => {
    expect(opening(OFFICE, '2026-03-27T17:00:00.000Z', BERLIN)).toBe('2026-03-30T07:00:00.000Z');
    expect(opening(OFFICE, '2026-10-23T17:00:00.000Z', BERLIN)).toBe('2026-10-26T08:00:00.000Z');
  });
});

/** The same by looking at the clock of every minute: slow, and plain. */
function isOpen({ allowed, quiet, holidays }: ReturnType<typeof aPolicy>['hours'], zone: string, t: number) {
  const local = new Date(t + IANAZone.create(zone).offset(t) * 60_000).toISOString();
  const weekday = (new Date(t + IANAZone.create(zone).offset(t) * 60_000).getUTCDay() + 6) % 7;
  const clock = local.slice(11, 16);
  const within = ({ days, from, until }: (typeof allowed)[number]): boolean => {
    const names = (day: number): boolean => days.includes(WEEKDAYS[(day + 7) % 7] ?? 'mon');
    if (from < until) return names(weekday) && from <= clock && clock < until;
    return (names(weekday) && from <= clock) || (names(weekday - 1) && clock < until);
  };
  if (holidays.includes(local.slice(0, 10))) return false;
  return (allowed.length === 0 || allowed.some(within)) && !quiet.some(within);
}

describe('the instant that is named', () => {
  const quarter = fc.nat(95).map((n) => new Date(n * 900_000).toISOString().slice(11, 16));
  const window = fc.record({
    days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    from: quarter,
    until: fc.oneof(quarter, fc.constant('24:00')),
  });
  const hours = fc
    .record({
      allowed: fc.array(window, { maxLength: 2 }),
      quiet: fc.array(window, { maxLength: 2 }),
      holidays: fc.subarray(['2026-03-29', '2026-03-30', '2026-10-25', '2026-10-26']),
    })
    .map((input) => policySchema.safeParse({ hours: input }))
    .filter((parsed) => parsed.success)
    .map((parsed) => parsed.data.hours);
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  );
  // Around the changes of the clock, of both hemispheres.
  const instant = fc
    .tuple(fc.constantFrom('2026-03-28', '2026-04-04', '2026-10-03', '2026-10-24'), fc.nat(2 * 86_400_000))
    .map(([day, ms]) => new Date(Date.parse(day) + ms));

  test('is open in every zone, and no minute before it is', () => {
    fc.assert(
      fc.property(
        hours,
        fc.uniqueArray(zone, { minLength: 1, maxLength: 2 }),
        instant,
        (given, zones, from) => {
          const opens = nextOpening(given, zones, from)?.getTime() ?? from.getTime() + 30 * 86_400_000;
          const isOpenAt = (t: number): boolean => zones.every((one) => isOpen(given, one, t));
          const until = Math.min(opens, from.getTime() + 3 * 86_400_000);
          for (let t = from.getTime(); t < until; t += 60_000) if (isOpenAt(t)) expect(t).toBe(opens);
          if (until === opens) expect(isOpenAt(opens)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('hours that are refused', () => {
  const problem = (hours: unknown): string[] =>
    (policySchema.safeParse({ hours }).error?.issues ?? []).map(
      ({ path, message }) => `${path.join('.')} ${message}`,
    );

  test('two windows over the same time, each named', () => {
    const [first, second] = [
      { days: ['mon'], from: '22:00', until: '06:00' },
      { days: ['tue'], from: '05:59', until: '07:00' },
    ];
    expect(problem({ allowed: [first, second] })).toEqual(['hours.allowed.1 overlaps the one at 0']);
    expect(problem({ quiet: [first, { ...second, from: '06:00' }] })).toEqual([]);
    // Sunday's goes on into the week, which begins on Monday.
    expect(
      problem({
        quiet: [
          { ...first, days: ['sun'] },
          { ...second, days: ['mon'] },
        ],
      }),
    ).toEqual(['hours.quiet.1 overlaps the one at 0']);
    // Across the kinds it has a meaning: quiet wins.
    expect(problem({ allowed: [first], quiet: [second] })).toEqual([]);
  });

  test('a zone that nobody knows, a time that no clock shows, a day named twice', () => {
    expect(problem({ timeZone: 'Europe/Atlantis' })[0]).toMatch(/^hours\.timeZone must be a time zone/u);
    expect(problem({ allowed: [{ from: '25:00', until: '26:00' }] })).toHaveLength(2);
    expect(problem({ allowed: [{ from: '24:00', until: '24:00' }] })[0]).toMatch(/^hours\.allowed\.0\.from/u);
    expect(problem({ quiet: [{ days: ['mon', 'mon'], from: '01:00', until: '02:00' }] })[0]).toMatch(
      /^hours\.quiet\.0\.days must name each day once/u,
    );
  });
});
