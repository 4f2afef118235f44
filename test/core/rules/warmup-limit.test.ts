/** @module The rule on domains that are new to sending. */
import { expect, test } from 'vitest';
import { warmUpLimit } from '../../../src/core/policy/settings/limits.js';
import { aPolicy } from '../../support/arbitraries.js';
import { judge } from './judge.js';

const policy = { warmUp: { startedOn: '2026-03-01' } };
const domainToday = { used: 100, opensAt: '2026-03-02T00:00:00.000Z' };

test('a domain that does not warm up has no such limit', () => {
  expect(judge('warmup_limit', { facts: { domainToday } })).toEqual({ status: 'skipped' });
});

test('the step is that of the day on which the email would go', () => {
  const onDay = (goesAt: string, used: number): ReturnType<typeof judge> =>
    judge('warmup_limit', { policy, facts: { domainToday: { ...domainToday, used }, goesAt } });
  expect(onDay('2026-03-07T23:59:59.999Z', 100)).toMatchObject({
    ...{ effect: 'deny', evidence: { current: 100, limit: 100 }, until: domainToday.opensAt },
  });
  expect(onDay('2026-03-08T00:00:00.000Z', 100)).toMatchObject({
    status: 'passed',
    evidence: { limit: 500 },
  });
});

test('before its first step a domain may send as many as on that, after its last as many as on that', () => {
  const { warmUp } = aPolicy({ warmUp: { startedOn: '2026-03-01', steps: [{ fromDay: 3, perDay: 7 }] } });
  for (const at of ['2026-02-01', '2026-03-02', '2026-03-04', '2030-01-01'])
    expect(warmUp && warmUpLimit(warmUp, new Date(at)), at).toBe(7);
});
