/** @module The rules on how often somebody is written to, and to how many. */
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../../src/core/policy/facts.js';
import { theFacts, to } from '../../support/arbitraries.js';
import { judge } from './judge.js';

const [SOON, LATE] = ['2026-03-01T12:10:00.000Z', '2026-03-01T12:50:00.000Z'];

describe('rate_limit_recipient', () => {
  const facts: Partial<Facts> = {
    recipients: [
      { index: 0, lastHour: 1, opensAt: LATE, lastAt: null },
      { index: 1, lastHour: 5, opensAt: SOON, lastAt: null },
      { index: 2, lastHour: 6, opensAt: LATE, lastAt: null },
    ],
  };
  const found = (perHour: number, more: Partial<Facts> = {}): ReturnType<typeof judge> =>
    judge('rate_limit_recipient', { policy: { recipients: { perHour } }, facts: { ...facts, ...more } });

  test('it names those who have had enough, and waits for the last of them', () => {
    expect(found(5)).toEqual({
      ...{ status: 'failed', effect: 'deny', until: LATE },
      evidence: { recipients: [1, 2], current: 6, limit: 5 },
    });
    expect(found(5, { admitted: true })).toMatchObject({ effect: 'wait', until: LATE });
  });

  test('it says how many the most written to has had', () => {
    expect(found(7)).toEqual({ status: 'passed', evidence: { current: 6, limit: 7 } });
    expect(found(7, { recipients: [] })).toEqual({ status: 'passed', evidence: { current: 0, limit: 7 } });
  });

  test('a limit of 0 lets nothing through, and nothing waits for it', () => {
    expect(found(0, { admitted: true })).toMatchObject({ effect: 'deny' });
  });
});

describe('cooldown', () => {
  const usage = { lastHour: 0, opensAt: LATE };
  const facts: Partial<Facts> = {
    goesAt: '2026-03-01T12:00:00.000Z',
    recipients: [
      { index: 0, ...usage, lastAt: '2026-03-01T11:30:00.000Z' },
      { index: 1, ...usage, lastAt: '2026-03-01T11:50:00.000Z' },
      { index: 2, ...usage, lastAt: null },
    ],
  };
  const found = (cooldownMinutes: number): ReturnType<typeof judge> =>
    judge('cooldown', { policy: { recipients: { cooldownMinutes } }, facts });

  test('it names those who were written to within it, and opens when it has passed for all', () => {
    expect(found(31)).toEqual({
      ...{ status: 'failed', effect: 'deny', until: '2026-03-01T12:21:00.000Z' },
      evidence: { recipients: [0, 1], current: 10, limit: 31 },
    });
    expect(found(30)).toMatchObject({ evidence: { recipients: [1] } });
  });

  test('to the minute it is over, and without one nobody looks', () => {
    expect(found(10)).toEqual({ status: 'passed', evidence: { limit: 10 } });
    expect(found(0)).toEqual({ status: 'skipped' });
  });
});

describe('distinct_recipients', () => {
  const { distinct } = theFacts();
  const used = (fiveMinutes: number, day: number): Partial<Facts> => ({
    distinct: {
      ...distinct,
      fiveMinutes: { used: fiveMinutes, opensAt: SOON },
      day: { used: day, opensAt: LATE },
    },
  });
  const found = (limits: object, facts: Partial<Facts>): ReturnType<typeof judge> =>
    judge('distinct_recipients', {
      ...{ policy: { recipients: { distinct: limits } }, facts },
      revision: to('ann@x.example', 'Ann+tag@x.example', 'bob@x.example'),
    });

  test('it passes at the limit, and tells of the one over it that opens last', () => {
    expect(found({}, used(99, 99))).toEqual({ status: 'skipped' });
    expect(found({ fiveMinutes: 3, day: 9 }, used(3, 9))).toMatchObject({ status: 'passed' });
    expect(found({ fiveMinutes: 3, day: 9 }, used(4, 10))).toEqual({
      ...{ status: 'failed', effect: 'deny', until: LATE },
      evidence: { window: 'day', current: 10, limit: 9 },
    });
  });

  test('what was accepted waits, but for a limit that the email itself is over', () => {
    const admitted = { ...used(4, 4), admitted: true };
    expect(found({ fiveMinutes: 2 }, admitted)).toMatchObject({ effect: 'wait', until: SOON });
    expect(found({ fiveMinutes: 1 }, admitted)).toMatchObject({ effect: 'deny' });
  });
});
