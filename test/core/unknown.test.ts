/** @module When somebody looks into what nobody knows: never too early, and never for ever. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextAlert, nextLookup, nextWatch, type Watched } from '../../src/core/delivery/unknown.js';

const MINUTE = 60_000;
const AT = new Date('2026-03-02T10:00:00.000Z');
const SCHEDULE = {
  lookups: [MINUTE, 5 * MINUTE, 15 * MINUTE],
  retries: [],
  alertAfter: 15 * MINUTE,
  deadline: 24 * 60 * MINUTE,
};
const after = (ms: number): Date => new Date(AT.getTime() + ms);
const watched = (changes: Partial<Watched> = {}): Watched => ({
  ...{ at: AT, leaseUntil: after(30_000), lookups: 0, alerts: 0 },
  ...changes,
});

test('a provider is asked 1, 5 and 15 minutes after the try, and then no more', () => {
  expect([0, 1, 2, 3].map((lookups) => nextLookup(watched({ lookups }), SCHEDULE))).toEqual([
    ...[after(MINUTE), after(5 * MINUTE), after(15 * MINUTE)],
    null,
  ]);
});

test('people are told twice, and never after the deadline', () => {
  expect([0, 1, 2].map((alerts) => nextAlert(watched({ alerts }), SCHEDULE))).toEqual([
    ...[after(15 * MINUTE), after(24 * 60 * MINUTE)],
    null,
  ]);
});

test('nobody asks before the lease of the try is over, and nobody looks for ever', () => {
  const some = fc.record({ lease: fc.nat(60), lookups: fc.nat(4), alerts: fc.nat(2), asks: fc.boolean() });
  fc.assert(
    fc.property(some, ({ lease, lookups, alerts, asks }) => {
      const one = watched({ leaseUntil: after(lease * MINUTE), lookups, alerts });
      const lookup = nextLookup(one, SCHEDULE);
      if (lookup !== null) expect(lookup.getTime()).toBeGreaterThanOrEqual(one.leaseUntil.getTime());
      const next = nextWatch(one, SCHEDULE, asks ? AT : null);
      expect(next === null).toBe(alerts === 2);
      if (!asks) expect(next).toEqual(nextAlert(one, SCHEDULE));
    }),
  );
});
