/** @module The rule on the rates that a policy lists. */
import { expect, test } from 'vitest';
import type { Facts } from '../../../src/core/policy/facts.js';
import type { PolicyInput } from '../../../src/core/policy/schema.js';
import { judge } from './judge.js';

const [SOON, LATE] = ['2026-03-01T12:01:00.000Z', '2026-03-02T00:00:00.000Z'];
const minute = { per: 'org', window: 'minute' } as const;
const day = { per: 'recipient_domain', window: 'day' } as const;

/** The rates of the policy, and how full they are. */
function found(
  limits: NonNullable<PolicyInput['limits']>,
  [perMinute, perDay]: [number, number],
  facts: Partial<Facts> = {},
): ReturnType<typeof judge> {
  const rates = [
    { ...minute, used: perMinute, opensAt: SOON },
    { ...day, used: perDay, opensAt: LATE, recipients: [2] },
  ];
  return judge('rate_limits', { policy: { limits }, facts: { rates, ...facts } });
}

const both = (onMinute?: 'deny' | 'wait', onDay?: 'deny' | 'wait'): PolicyInput['limits'] => ({
  rates: [
    { ...minute, limit: 2, ...(onMinute && { onLimit: onMinute }) },
    { ...day, limit: 10, ...(onDay && { onLimit: onDay }) },
  ],
});

test('where no rate is listed it says nothing', () => {
  expect(judge('rate_limits')).toEqual({ status: 'skipped' });
});

test('where all have room it tells of the fullest', () => {
  expect(found({ ...both() }, [1, 9])).toEqual({
    status: 'passed',
    evidence: { ...day, current: 9, limit: 10, recipients: [2] },
  });
});

test('of two that are full it tells of the one that opens last, and of one that denies before one that waits', () => {
  expect(found({ ...both() }, [2, 10])).toMatchObject({ effect: 'deny', until: LATE });
  expect(found({ ...both('deny', 'wait') }, [2, 10])).toMatchObject({
    ...{ effect: 'deny', until: SOON, evidence: { ...minute, current: 2, limit: 2 } },
  });
  expect(found({ ...both('wait'), onLimit: 'wait' }, [3, 12])).toMatchObject({ effect: 'wait', until: LATE });
});

test('what was accepted waits, but for a rate of 0, which never opens', () => {
  expect(found({ ...both() }, [2, 0], { admitted: true })).toMatchObject({ effect: 'wait', until: SOON });
  const never = { rates: [{ ...minute, limit: 0 }] };
  expect(found(never, [0, 0], { admitted: true })).toMatchObject({ effect: 'deny' });
});
