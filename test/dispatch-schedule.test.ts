/** @module When a delivery that failed is tried again. */
import { expect, test } from 'vitest';
import { nextTry } from '../src/dispatch-schedule.js';

const now = new Date('2026-03-02T10:00:00.000Z');
const HOUR = 3_600_000;

const waits = (random: number): (number | null)[] =>
  Array.from({ length: 11 }, (_, i) => {
    const at = nextTry({ tries: i + 1, now, random, retryAfter: undefined });
    return at === null ? null : (at.getTime() - now.getTime()) / 1_000;
  });

test('it is tried after 5 s, 5 m, 30 m, 2, 5, 10, 14, 20, 24 h and then no more', () => {
  const hours = [2, 5, 10, 14, 20, 24].map((one) => one * 3_600);
  expect(waits(0.5)).toEqual([5, 300, 1_800, ...hours, null, null]);
});

test('chance moves each time by a tenth at most', () => {
  expect(waits(0)[1]).toBe(270);
  expect(waits(1)[1]).toBe(330);
});

test.each([
  ['60', 60_000],
  ['2', 5_000],
  [String(100 * 3_600), 24 * HOUR],
  ['999999999', 24 * HOUR],
  ['Mon, 02 Mar 2026 11:00:00 GMT', HOUR],
  ['Mon, 02 Mar 2020 11:00:00 GMT', 5_000],
  ['soon', 5_000],
  ['', 5_000],
  ['-5', 5_000],
])('Retry-After %s is heard, up to a day, and never makes it sooner', (retryAfter, wait) => {
  const at = nextTry({ tries: 1, now, random: 0.5, retryAfter });
  expect(at?.getTime()).toBe(now.getTime() + wait);
});
