/** @module The rules on what says that a mailbox does something wrong. */
import { expect, test } from 'vitest';
import { judge } from './judge.js';

test('as many hard bounces and complaints as the policy bears are borne, and no more', () => {
  const found = (negativeSignals: number): ReturnType<typeof judge> =>
    judge('negative_signal_budget', { policy: { negativeSignalsPerDay: 3 }, facts: { negativeSignals } });
  expect(found(3)).toEqual({ status: 'passed', evidence: { current: 3, limit: 3 } });
  expect(found(4)).toEqual({ status: 'failed', effect: 'deny', evidence: { current: 4, limit: 3 } });
});

test('a spike is more than 5 times what is usual, and at least 50', () => {
  const statusOf = (lastHour: number, perHour: number): string =>
    judge('volume_spike', { facts: { volume: { dailyAverage: perHour * 24, lastHour } } }).status;
  expect([statusOf(50, 10), statusOf(51, 10)]).toEqual(['passed', 'failed']);
  expect([statusOf(49, 0), statusOf(50, 0)]).toEqual(['passed', 'failed']);
});
