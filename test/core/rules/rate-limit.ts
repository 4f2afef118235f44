/** @module What both rate limits promise, whatever their window. */
import { expect, test } from 'vitest';
import type { LimitWindow } from '../../../src/core/policy/facts.js';
import { theFacts } from '../../support/arbitraries.js';
import { judge, type Case } from './judge.js';

export function rateLimitPromises(rule: string, window: LimitWindow): void {
  const OPENS = theFacts().usage[window].opensAt;
  /** The window is this full; the other one is full to the brim, and none of this rule's business. */
  const used = (count: number): Partial<NonNullable<Case['facts']>> => {
    const { usage } = theFacts();
    const full = {
      hourly: { ...usage.hourly, used: 9e9 },
      daily: { ...usage.daily, used: 9e9 },
      monthly: { ...usage.monthly, used: 9e9 },
    };
    return { usage: { ...full, [window]: { ...usage[window], used: count } } };
  };
  const limits = (limit: number, onLimit: 'deny' | 'wait' = 'deny') => ({
    limits: { [window]: limit, onLimit },
  });

  test('below the limit it passes and says how full it is', () => {
    expect(judge(rule, { policy: limits(5), facts: used(4) })).toEqual({
      status: 'passed',
      evidence: { current: 4, limit: 5 },
    });
  });

  test('at the limit it denies, or waits for the window that opens next where policy says so', () => {
    expect(judge(rule, { policy: limits(5), facts: used(5) })).toEqual({
      status: 'failed',
      effect: 'deny',
      evidence: { current: 5, limit: 5 },
      until: OPENS,
    });
    expect(judge(rule, { policy: limits(5, 'wait'), facts: used(5) })).toMatchObject({
      effect: 'wait',
      until: OPENS,
    });
  });

  test('what was accepted already waits, because its caller was told that it would go', () => {
    expect(judge(rule, { policy: limits(5), facts: { ...used(7), admitted: true } })).toMatchObject({
      effect: 'wait',
      until: OPENS,
    });
  });

  test('a limit of 0 lets nothing through, and nothing waits for it', () => {
    for (const admitted of [true, false])
      expect(judge(rule, { policy: limits(0, 'wait'), facts: { ...used(0), admitted } })).toMatchObject({
        effect: 'deny',
      });
  });
}
