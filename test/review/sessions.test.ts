/** @module The sessions themselves: never more than so many, each with words of its own. */
import { expect, test } from 'vitest';
import { createSessions, isFormOf } from '../../src/review/sessions.js';

function sessions(limit: number): { open: ReturnType<typeof createSessions>; at: (time: number) => void } {
  let [now, serial] = [0, 0];
  const options = { clock: () => new Date(now), secret: () => `secret-${++serial}`, limit, lifetimeMs: 100 };
  return { open: createSessions(options), at: (time) => void (now = time) };
}

test('one session too many ends the oldest, and no other', () => {
  const { open } = sessions(2);
  const [first, second, third] = [open.open('a'), open.open('b'), open.open('c')];
  expect(open.find(first.id)).toBeNull();
  expect([open.find(second.id)?.key, open.find(third.id)?.key]).toEqual(['b', 'c']);
});

test('what has ended by time makes room first', () => {
  const { open, at } = sessions(2);
  open.open('a');
  at(50);
  const second = open.open('b');
  at(100);
  const third = open.open('c');
  expect([open.find(second.id)?.key, open.find(third.id)?.key]).toEqual(['b', 'c']);
});

test('the token of a form is not the id of the session, and fits no other session', () => {
  const { open } = sessions(2);
  const [first, second] = [open.open('a'), open.open('a')];
  expect(first.csrf).not.toBe(first.id);
  expect(isFormOf(first, first.csrf)).toBe(true);
  expect(isFormOf(first, second.csrf)).toBe(false);
  expect(isFormOf(first, undefined)).toBe(false);
});
