/** @module Whether emails that went kept the limits of a policy: written down once more, without a store. */
import { expect } from 'vitest';
import { domainOf } from '../../src/core/email/address.js';
import type { Policy } from '../../src/core/policy/schema.js';
import { HOUR, MINUTE } from './store.js';

/** One that went, all of one mailbox. */
export interface Went {
  to: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** How much of an instant in ISO 8601 names its window. */
const LENGTHS = { minute: 16, hour: 13, day: 10, month: 7 } as const;

export function expectKept({ limits, recipients }: Policy, went: readonly Went[]): void {
  const clocks = [
    { per: 'mailbox', window: 'hour', limit: limits.hourly },
    { per: 'mailbox', window: 'day', limit: limits.daily },
    { per: 'mailbox', window: 'month', limit: limits.monthly },
    ...limits.rates,
  ] as const;
  for (const { per, window, limit } of clocks) {
    const counts = new Map<string, number>();
    for (const { to, at } of went) {
      const bucket = new Date(at).toISOString().slice(0, LENGTHS[window]);
      const name = per === 'recipient_domain' ? `${bucket} ${domainOf(to)}` : bucket;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const [name, count] of counts) expect(count, `${per} ${name}`).toBeLessThanOrEqual(limit);
  }
  const { perHour, cooldownMinutes, distinct } = recipients;
  for (const { to, at } of went) {
    const since = (ms: number): Went[] => went.filter((one) => one.at <= at && one.at > at - ms);
    const people = (ms: number): number => new Set(since(ms).map((one) => one.to)).size;
    const toThem = (ms: number): number => since(ms).filter((one) => one.to === to).length;
    expect(toThem(HOUR), 'per recipient and hour').toBeLessThanOrEqual(perHour);
    if (cooldownMinutes > 0) expect(toThem(cooldownMinutes * MINUTE), 'within the cooldown').toBe(1);
    expect(people(5 * MINUTE), 'people in 5 minutes').toBeLessThanOrEqual(distinct.fiveMinutes ?? Infinity);
    expect(people(24 * HOUR), 'people in 24 hours').toBeLessThanOrEqual(distinct.day ?? Infinity);
  }
}
